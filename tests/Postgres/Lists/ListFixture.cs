using System.Text.Json;
using Crm.Engine;
using Crm.Silo.Postgres;
using Crm.Silo.Postgres.Lists;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Crm.Tests;

/// <summary>Lists over rows that tests put in by themselves.</summary>
public sealed class ListFixture : JournalFixture
{
    /// <summary>One kind with a field of every type.</summary>
    public static KindInfo Kind { get; } = new(
        "contacts", "name", "owner", true,
        [
            new("name", FieldType.Text, Personal: true, Searched: true),
            new("emails", FieldType.Set, Personal: true, Searched: true),
            new("phones", FieldType.Set, Personal: true, Searched: true),
            new("company", FieldType.Text, Searched: true),
            new("address", FieldType.Parts, Parts: ["street", "city"]),
            new("tags", FieldType.Set),
            new("owner", FieldType.User),
            new("status", FieldType.Choice, Options: ["active", "lost", "lead"]),
            new("notes", FieldType.LongText),
            new("score", FieldType.Counter),
            new("seen", FieldType.Data, Editable: false),
            new("shared", FieldType.Flag),
        ],
        [], "", Json.Null, "shared");

    /// <summary>The tenant's own fields.</summary>
    public static IReadOnlyList<FieldInfo> Custom { get; } =
    [
        new("custom.text", FieldType.Text), new("custom.number", FieldType.Number), new("custom.day", FieldType.Date), new("custom.at", FieldType.Instant),
        new("custom.flag", FieldType.Flag), new("custom.pick", FieldType.Choice, Options: ["a", "b"]), new("custom.set", FieldType.Set),
        new("custom.friend", FieldType.Reference),
    ];

    /// <summary>Lists as the product has them.</summary>
    public PostgresLists Lists { get; private set; } = null!;

    /// <summary>Lists that gather whatever there is.</summary>
    public PostgresLists Gathering { get; private set; } = null!;

    /// <summary>Lists that walk along the order as soon as there are more than two rows.</summary>
    public PostgresLists Walking { get; private set; } = null!;

    /// <summary>Look-ups whose identity keys are <c>e:</c> and an address.</summary>
    public PostgresLookup Lookup { get; private set; } = null!;

    /// <inheritdoc />
    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        var source = PostgresHosting.Source(Options);
        var catalog = new Catalog();
        (Lists, Gathering, Walking, Lookup) = (new(source, catalog), new(source, catalog, peeked: 0), new(source, catalog, most: 2, peeked: 3), new(Database, catalog, catalog));
    }

    /// <summary>A journal that writes what these lists read.</summary>
    public PostgresJournal Journal() => new(
        Options.App, Database, Tenants, new Catalog(),
        new((kind, tenant, view) => ListRow.Of(kind, tenant, view, Catalog.Keys(view.Fields)) switch { var row => new(row.Title, row.Search, row.Terms, row.Keys) }),
        TimeProvider.System, NullLogger<PostgresJournal>.Instance);

    /// <summary>A record with these fields.</summary>
    public static RecordView Record(string id, string fields, bool deleted = false, int minute = 0) => new(
        "contacts", id, 1, At(minute), At(minute), "ana", deleted, JsonElement.Parse(fields).EnumerateObject().ToDictionary(field => field.Name, field => field.Value));

    /// <summary>An instant some minutes into a certain day.</summary>
    public static DateTimeOffset At(int minute) => new DateTimeOffset(2026, 3, 1, 8, 0, 0, TimeSpan.Zero).AddMinutes(minute);

    /// <summary>Makes these the only records of a tenant.</summary>
    public async Task Store(string tenant, IEnumerable<RecordView> records)
    {
        await using var connection = await DataSource.OpenConnectionAsync();
        await using var batch = new NpgsqlBatch(connection);
        void Add(string sql, params object[] values)
        {
            var command = new NpgsqlBatchCommand(sql);
            foreach (var value in values)
            {
                command.Parameters.Add(new() { Value = value });
            }

            batch.BatchCommands.Add(command);
        }

        Add("DELETE FROM records WHERE tenant_id = $1", tenant);
        Add("DELETE FROM list_rows WHERE tenant_id = $1", tenant);
        foreach (var record in records)
        {
            var (title, search, terms, keys) = ListRow.Of(Kind, tenant, record, Catalog.Keys(record.Fields));
            Add("INSERT INTO records VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, '')", tenant, record.Kind, record.Id, record.Version,
                record.CreatedAt.UtcDateTime, record.UpdatedAt.UtcDateTime, record.UpdatedBy, record.Deleted, JsonSerializer.Serialize(record.Fields));
            Add("INSERT INTO list_rows VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)", tenant, record.Kind, record.Id, record.CreatedAt.UtcDateTime,
                record.Deleted, title, search, terms, keys);
        }

        await batch.ExecuteNonQueryAsync();
    }

    /// <summary>Every record of a list, page by page.</summary>
    public static async Task<List<RecordView>> All(PostgresLists lists, Caller caller, ListQuery query)
    {
        var all = new List<RecordView>();
        do
        {
            var answer = await lists.Find(caller, Kind.Name, query);
            answer.Refusal.ShouldBeNull();
            answer.Page!.Items.Count.ShouldBeLessThanOrEqualTo(query.Limit);
            all.AddRange(answer.Page.Items);
            query = query with { Cursor = answer.Page.Next };
            all.Count.ShouldBeLessThan(10_000, "the pages never end");
        }
        while (query.Cursor is not null);

        return all;
    }

    private sealed class Catalog : ICatalog, IKindRegistry
    {
        public IReadOnlyList<KindInfo> Kinds => [Kind];

        public static IReadOnlyList<string> Keys(IReadOnlyDictionary<string, JsonElement> fields) =>
            fields.TryGetValue("emails", out var emails) && emails.ValueKind == JsonValueKind.Array ? [.. emails.EnumerateArray().Select(email => $"e:{email}")] : [];

        public KindInfo? Find(string kind) => kind == Kind.Name ? Kind : null;

        public ValueTask<IReadOnlyList<FieldInfo>> Custom(string tenant, string kind) => new(ListFixture.Custom);

        public IKindRuntime? Runtime(string kind) => kind == Kind.Name ? new Keyed() : null;

        private sealed class Keyed : IKindRuntime
        {
            public KindNotices Notices { get; } = new();

            public IReadOnlyCollection<string> ChangeTypes => [];

            public KindInfo Info => Kind;

            public IRecord Open(Address at, RecordServices services) => throw new NotSupportedException();

            IReadOnlyList<string> IKindRuntime.Keys(IReadOnlyDictionary<string, JsonElement> fields) => Catalog.Keys(fields);
        }
    }
}
