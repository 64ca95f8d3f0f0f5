using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Crm.Web.Rest;

/// <summary>What makes a write repeatable: the ids that follow from its <c>Idempotency-Key</c>, or fresh ones when it has none.</summary>
/// <remarks>A key belongs to one user and one record; for a create, to one user and one kind. So a key that others use too is no harm.</remarks>
public sealed class CommandKey
{
    /// <summary>The header's name.</summary>
    public const string Header = "Idempotency-Key";

    /// <summary>Longest key, in characters.</summary>
    public const int MaxLength = 200;

    private readonly string? _key;
    private readonly Caller _caller;
    private readonly TimeProvider _time;

    private CommandKey(string? key, Caller caller, TimeProvider time)
    {
        (_key, _caller, _time) = (key, caller, time);
        CommandId = Id("command");
    }

    /// <summary>The id of the command; the same for every repetition of it.</summary>
    public Guid CommandId { get; }

    /// <summary>Reads the header. Refuses one that is empty, too long, given twice, or no text.</summary>
    public static ProblemAnswer? Read(HttpRequest request, Caller caller, TimeProvider time, out CommandKey key)
    {
        var header = request.Headers[Header];
        key = new(header.Count == 0 ? null : header[0], caller, time);
        return header switch
        {
            [] => null,
            [{ Length: > 0 and <= MaxLength } text] when JsonText.IsStorable(text) => null,
            _ => ProblemAnswer.Of("key.invalid", field: Header),
        };
    }

    /// <summary>The id of the record that this command creates.</summary>
    public string RecordId(string kind) => Id($"record/{kind}").ToString();

    private Guid Id(string purpose)
    {
        if (_key is null)
        {
            return Guid.CreateVersion7(_time.GetUtcNow());
        }

        // Neither tenants, users nor purposes hold NUL, so no two keys run together. Version 8 (RFC 9562) marks an id of our own making.
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{purpose}\0{_caller.Tenant}\0{_caller.User}\0{_key}"), hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new(hash[..16], bigEndian: true);
    }
}
