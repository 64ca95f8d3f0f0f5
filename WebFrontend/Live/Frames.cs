using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Crm.Web.Live;

/// <summary>Writes the server's calls as bytes of SignalR's JSON protocol, so that one encoding serves every connection of a fan-out.</summary>
internal static class Frames
{
    /// <summary>Ends each message of the JSON protocol.</summary>
    public const byte Separator = 0x1e;

    private static readonly byte[] ChangedHead = Head("Changed");
    private static readonly byte[] ManyHead = [.. Head("ChangedMany"), (byte)'['];
    private static readonly byte[] Tail = [.. "]}"u8, Separator];
    private static readonly byte[] ManyTail = [(byte)']', .. Tail];
    /// <summary>How all of them are written.</summary>
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Bytes that a frame of one change has beside the change.</summary>
    public static int ManyOverhead => ManyHead.Length + ManyTail.Length;

    /// <summary><c>Changed(change)</c>.</summary>
    public static byte[] Changed(string reference, Change change) =>
        Message(ChangedHead, writer => RecordJson.WriteChange(writer, change, "fields", reference));

    /// <summary>The change alone, cut out of its own frame.</summary>
    public static ReadOnlySpan<byte> ChangeOf(byte[] changed) => changed.AsSpan(ChangedHead.Length, changed.Length - ChangedHead.Length - Tail.Length);

    /// <summary><c>ChangedMany(changes)</c> out of frames of <c>Changed</c>.</summary>
    public static void ChangedMany(ArrayBufferWriter<byte> to, IReadOnlyList<byte[]> changed)
    {
        to.Write(ManyHead);
        for (var i = 0; i < changed.Count; i++)
        {
            if (i > 0)
            {
                to.Write(","u8);
            }

            to.Write(ChangeOf(changed[i]));
        }

        to.Write(ManyTail);
    }

    /// <summary><c>Removed({ref, version, by})</c>.</summary>
    public static byte[] Removed(string reference, long version, string by) => Call("Removed", writer =>
    {
        writer.WriteString("ref", reference);
        writer.WriteNumber("version", version);
        writer.WriteString("by", by);
    });

    /// <summary><c>Resync({refs})</c>.</summary>
    public static byte[] Resync(IEnumerable<string> references) => Call("Resync", writer =>
    {
        writer.WriteStartArray("refs");
        foreach (var reference in references)
        {
            writer.WriteStringValue(reference);
        }

        writer.WriteEndArray();
    });

    /// <summary><c>SignedOut({reason})</c>.</summary>
    public static byte[] SignedOut(string reason) => Call("SignedOut", writer => writer.WriteString("reason", reason));

    /// <summary>What follows the subscription's id in <c>ListChanged({subscription, …})</c>: the same for all who see the same.</summary>
    public static byte[] ListBody(IEnumerable<RecordView> upserts, IEnumerable<string> removed, IEnumerable<string> order, bool closed)
    {
        var body = Message([], writer =>
        {
            writer.WriteStartObject();
            WriteList(writer, "upserts", upserts, RecordJson.WriteRecord);
            WriteList(writer, "removed", removed, static (writer, id) => writer.WriteStringValue(id));
            WriteList(writer, "order", order, static (writer, id) => writer.WriteStringValue(id));
            if (closed)
            {
                writer.WriteBoolean("closed", true);
            }

            writer.WriteEndObject();
        });
        body[0] = (byte)','; // In place of the brace: the subscription's id comes before.
        return body;
    }

    /// <summary>What stands before such a body.</summary>
    public static byte[] ListHead(string subscription) =>
        [.. Head("ListChanged"), .. """{"subscription":"""u8, .. JsonSerializer.SerializeToUtf8Bytes(subscription)];

    private static void WriteList<T>(Utf8JsonWriter writer, string name, IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        writer.WriteStartArray(name);
        foreach (var item in items)
        {
            write(writer, item);
        }

        writer.WriteEndArray();
    }

    /// <summary>A call with one object.</summary>
    public static byte[] Call(string target, Action<Utf8JsonWriter> members) => Message(Head(target), writer =>
    {
        writer.WriteStartObject();
        members(writer);
        writer.WriteEndObject();
    });

    private static byte[] Message(byte[] head, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        buffer.Write(head);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            write(writer);
        }

        buffer.Write(Tail);
        return buffer.WrittenSpan.ToArray();
    }

    private static byte[] Head(string target) => Encoding.UTF8.GetBytes($$"""{"type":1,"target":"{{target}}","arguments":[""");
}
