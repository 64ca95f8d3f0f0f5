using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Crm.Engine;

namespace Crm.Silo.Postgres;

/// <summary>A change as it is stored.</summary>
/// <param name="Fields">JSON: <c>name: {from, to}</c>, or <c>name: null</c> where the values are in <paramref name="Sealed"/>.</param>
/// <param name="Sealed">The personal fields; null when there are none.</param>
/// <param name="Hash">Of the chain up to and with this change.</param>
public sealed record StoredChange(long Version, DateTime At, string By, string Type, string Fields, byte[]? Sealed, byte[] Hash);

/// <summary>Writes changes so that personal values can be read with their subject's key only, and nobody can alter one unseen.</summary>
public sealed class ChangeCodec(ICatalog catalog)
{
    // Not for HTML: text outside ASCII stays as it is and costs no escape.
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Whether a field is about a person. What a kind does not declare is taken to be: tenants name their fields as they like.</summary>
    public bool IsPersonal(string kind, string field) => catalog.Find(kind)?.Field(field)?.Personal ?? field != "deleted";

    /// <summary>Whether a change has anything to seal.</summary>
    public bool HasPersonal(string kind, Change change) => change.Fields.Keys.Any(field => IsPersonal(kind, field));

    /// <summary>Seals and chains a change.</summary>
    /// <param name="key">The subject's; may be null when nothing is personal.</param>
    public StoredChange Encode(Address at, Change change, byte[]? key, ReadOnlySpan<byte> before)
    {
        var open = Write(change, field => !IsPersonal(at.Kind, field), keepNames: true)!;
        var secret = Write(change, field => IsPersonal(at.Kind, field), keepNames: false);
        var box = secret is null ? null : Vault.Seal(key, secret, SealPlace(at, change.Version));
        var time = Micros(change.At);
        var fields = Encoding.UTF8.GetString(open);
        return new(change.Version, time, change.By, change.Type, fields, box,
            Hash(before, change.Version, time, change.By, change.Type, fields, box));
    }

    /// <summary>The change as it was decided; personal values are JSON null on both sides when their key is gone.</summary>
    /// <exception cref="CryptographicException">The sealed values are not those that were stored for this version of this record.</exception>
    public static Change Decode(Address at, StoredChange stored, byte[]? key)
    {
        var secret = stored.Sealed is null || key is null ? default : JsonElement.Parse(Vault.Open(key, stored.Sealed, SealPlace(at, stored.Version)));
        var fields = new Dictionary<string, FromTo>();
        foreach (var field in JsonElement.Parse(stored.Fields).EnumerateObject())
        {
            var value = field.Value.ValueKind != JsonValueKind.Null ? field.Value
                : secret.ValueKind == JsonValueKind.Object && secret.TryGetProperty(field.Name, out var opened) ? opened
                : default;
            fields[field.Name] = value.ValueKind == JsonValueKind.Undefined
                ? new(Json.Null, Json.Null)
                : new(value.GetProperty("from"), value.GetProperty("to"));
        }

        return new(stored.Version, new(stored.At), stored.By, stored.Type, fields);
    }

    /// <summary>What the first change of a record is chained to: its address, so that a chain cannot pass for another record's.</summary>
    public static byte[] Root(Address at) => SHA256.HashData(Encoding.UTF8.GetBytes(at.ToString()));

    /// <summary>The hash that a stored change must have after this one.</summary>
    public static byte[] Hash(ReadOnlySpan<byte> before, StoredChange stored) =>
        Hash(before, stored.Version, stored.At, stored.By, stored.Type, stored.Fields, stored.Sealed);

    /// <summary>An instant as PostgreSQL keeps it: whole microseconds, UTC.</summary>
    public static DateTime Micros(DateTimeOffset at) => new(at.UtcTicks - (at.UtcTicks % TimeSpan.TicksPerMicrosecond), DateTimeKind.Utc);

    // Every part with its length, so that no two changes have the same bytes.
    private static byte[] Hash(ReadOnlySpan<byte> before, long version, DateTime at, string by, string type, string fields, byte[]? box)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(before);
        Span<byte> numbers = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(numbers, version);
        BinaryPrimitives.WriteInt64BigEndian(numbers[8..], at.Ticks / TimeSpan.TicksPerMicrosecond);
        hash.AppendData(numbers);
        Append(hash, Encoding.UTF8.GetBytes(by));
        Append(hash, Encoding.UTF8.GetBytes(type));
        Append(hash, Encoding.UTF8.GetBytes(fields));
        Append(hash, box);
        return hash.GetHashAndReset();
    }

    private static void Append(IncrementalHash hash, byte[]? part)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, part?.Length ?? -1);
        hash.AppendData(length);
        hash.AppendData(part ?? []);
    }

    private static string SealPlace(Address at, long version) => Vault.Place("change", at, version.ToString());

    private static byte[]? Write(Change change, Func<string, bool> picks, bool keepNames)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        var some = keepNames;
        using (var writer = new Utf8JsonWriter(buffer, Compact))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in change.Fields)
            {
                if (picks(name))
                {
                    some = true;
                    RecordJson.WriteFromTo(writer, name, value);
                }
                else if (keepNames)
                {
                    writer.WriteNull(name);
                }
            }

            writer.WriteEndObject();
        }

        return some ? buffer.WrittenSpan.ToArray() : null;
    }
}
