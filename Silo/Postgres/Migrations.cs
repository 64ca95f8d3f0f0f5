using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Npgsql;

namespace Crm.Silo.Postgres;

/// <summary>One numbered file of SQL.</summary>
public sealed record Migration(int Number, string Name, string Sql)
{
    /// <summary>SHA-256 of the text with line ends as <c>\n</c>.</summary>
    public byte[] Checksum => SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n")));
}

/// <summary>Brings a database to the schema of this build, once, however many nodes start together.</summary>
public static partial class Migrations
{
    internal const long Lock = 0x43524D_4D494752; // "CRM MIGR"

    // Policies bind the owner too: a file that moves data must see every tenant's rows, or it would leave them behind without a word.
    private const string DeclareAll = """
        DO $$
        BEGIN
            IF to_regclass('tenants') IS NOT NULL THEN
                PERFORM set_config('crm.tenants', coalesce(string_agg(tenant_id, ','), ''), true) FROM tenants;
            END IF;
        END $$
        """;

    /// <summary>Those of this build, in order.</summary>
    public static IReadOnlyList<Migration> Embedded { get; } = Read();

    /// <summary>Applies what the database does not have yet, each file in a transaction of its own.</summary>
    /// <param name="owner">The connection string of the role that owns the tables.</param>
    /// <exception cref="InvalidOperationException">The database has another history than this build: newer, changed, or with a gap.</exception>
    public static async Task<int> Apply(string owner, IReadOnlyList<Migration> migrations, CancellationToken cancel = default)
    {
        Demand(migrations.Select(migration => migration.Number), "This build");
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(owner) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(cancel);
        await Run(connection, $"SELECT pg_advisory_lock({Lock})", cancel); // Ends with the connection.
        await Run(connection, """
            CREATE TABLE IF NOT EXISTS migrations (
                number int PRIMARY KEY, name text NOT NULL, checksum bytea NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())
            """, cancel);
        var applied = await Applied(connection, cancel);
        Check(applied, migrations);
        foreach (var migration in migrations.Skip(applied.Count))
        {
            await Apply(connection, migration, cancel);
        }

        return migrations.Count - applied.Count;
    }

    private static void Check(List<(int Number, string Name, byte[] Checksum)> applied, IReadOnlyList<Migration> migrations)
    {
        Demand(applied.Select(row => row.Number), "The database");
        if (applied.Count > migrations.Count)
        {
            throw new InvalidOperationException(
                $"The database is at migration {applied[^1].Number} ({applied[^1].Name}); this build knows {migrations.Count}. Run the newer build: a downgrade would not understand the data.");
        }

        foreach (var (row, migration) in applied.Zip(migrations))
        {
            if (!row.Checksum.AsSpan().SequenceEqual(migration.Checksum))
            {
                throw new InvalidOperationException(
                    $"Migration {row.Number} was applied as {row.Name} with another text than {migration.Name} of this build. An applied migration must never change: add a new one.");
            }
        }
    }

    private static void Demand(IEnumerable<int> numbers, string whose)
    {
        var expected = 1;
        foreach (var number in numbers)
        {
            if (number != expected++)
            {
                throw new InvalidOperationException($"{whose} has migration {number} where {expected - 1} should be: numbers go up by one from 1.");
            }
        }
    }

    private static async Task<List<(int Number, string Name, byte[] Checksum)>> Applied(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("SELECT number, name, checksum FROM migrations ORDER BY number", connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var applied = new List<(int, string, byte[])>();
        while (await reader.ReadAsync(cancel))
        {
            applied.Add((reader.GetInt32(0), reader.GetString(1), reader.GetFieldValue<byte[]>(2)));
        }

        return applied;
    }

    private static async Task Apply(NpgsqlConnection connection, Migration migration, CancellationToken cancel)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await Run(connection, DeclareAll, cancel);
        await using var command = new NpgsqlCommand(migration.Sql, connection, transaction) { CommandTimeout = 0 };
        try
        {
            await command.ExecuteNonQueryAsync(cancel);
        }
        catch (PostgresException fault)
        {
            throw new InvalidOperationException($"Migration {migration.Number} ({migration.Name}) failed: {fault.SqlState} {fault.MessageText}", fault);
        }

        await using var mark = new NpgsqlCommand("INSERT INTO migrations (number, name, checksum) VALUES ($1, $2, $3)", connection, transaction)
        {
            Parameters = { new() { Value = migration.Number }, new() { Value = migration.Name }, new() { Value = migration.Checksum } },
        };
        await mark.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
    }

    private static async Task Run(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static List<Migration> Read()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return [.. assembly.GetManifestResourceNames()
            .Select(resource => (resource, File: FileName().Match(resource)))
            .Where(found => found.File.Success)
            .OrderBy(found => found.resource, StringComparer.Ordinal)
            .Select(found => new Migration(int.Parse(found.File.Groups["number"].Value), found.File.Groups["name"].Value, Text(assembly, found.resource)))];
    }

    private static string Text(Assembly assembly, string resource)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"Migrations\.(?<number>\d{4})_(?<name>\w+)\.sql$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FileName();
}
