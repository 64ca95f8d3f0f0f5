namespace Crm.Engine.Tests;

/// <summary>One kind with personal and other fields, for tests below the kinds.</summary>
public sealed class SampleCatalog : ICatalog
{
    /// <summary>Where the sample records are.</summary>
    public const string Contacts = "contacts";

    private static readonly KindInfo Kind = new(
        Contacts, "name", "owner", true,
        [
            new("name", FieldType.Text, Personal: true, Searched: true),
            new("phones", FieldType.Set, Personal: true, Searched: true),
            new("status", FieldType.Choice, Options: ["active", "lost"]),
            new("owner", FieldType.User),
            new("score", FieldType.Counter),
        ],
        [], "People", Json.Element(new { name = "Ada Lovelace" }));

    /// <inheritdoc />
    public IReadOnlyList<KindInfo> Kinds => [Kind];

    /// <inheritdoc />
    public KindInfo? Find(string kind) => kind == Contacts ? Kind : null;

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<FieldInfo>> Custom(string tenant, string kind) => new([]);
}
