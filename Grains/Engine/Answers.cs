using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace Crm.Engine;

/// <summary>Tells a repeated command from another one under the same id.</summary>
public static class BodyHash
{
    /// <summary>16 bytes of SHA-256 over the verb, the base version and the body as it was sent.</summary>
    public static ReadOnlyMemory<byte> Of(string verb, long baseVersion, JsonElement body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(verb.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in baseVersion)));
        if (body.ValueKind != JsonValueKind.Undefined)
        {
            hash.AppendData(JsonMarshal.GetRawUtf8Value(body));
        }

        return hash.GetHashAndReset().AsMemory(0, 16);
    }
}

/// <summary>A command that this copy of the record has seen; its answer may still be on the way.</summary>
public sealed record KnownAnswer(ReadOnlyMemory<byte> Hash, Task<Outcome> Answer)
{
    /// <summary>The same answer again, or the refusal of another body under the same id.</summary>
    public async Task<Outcome> Repeat(ReadOnlyMemory<byte> hash, long version)
    {
        var answer = await Answer;
        return Repeat(new(Hash, answer), hash, version);
    }

    /// <summary>The same for an answer that the journal has kept.</summary>
    public static Outcome Repeat(Recorded earlier, ReadOnlyMemory<byte> hash, long version) => earlier.BodyHash.Span.SequenceEqual(hash.Span)
        ? earlier.Answer
        : Outcome.Rejected(version, new Problem("commandId", "command.reused", "This command id was used for something else. Take a new one."));
}

/// <summary>The answers that were given last, so that a repetition costs no look-up. The journal knows the older ones.</summary>
public sealed class AnswerCache
{
    private const int Most = 64;
    private readonly Dictionary<(string User, Guid Id), KnownAnswer> _answers = [];
    private readonly Queue<(string User, Guid Id)> _order = [];

    /// <summary>The answer under this id, or null.</summary>
    public KnownAnswer? Find(string user, Guid id) => _answers.GetValueOrDefault((user, id));

    /// <summary>Remembers an answer, and forgets the oldest one when there are many.</summary>
    public void Add(string user, Guid id, ReadOnlyMemory<byte> hash, Task<Outcome> answer)
    {
        _answers[(user, id)] = new(hash, answer);
        _order.Enqueue((user, id));
        if (_order.Count > Most)
        {
            _answers.Remove(_order.Dequeue());
        }
    }
}
