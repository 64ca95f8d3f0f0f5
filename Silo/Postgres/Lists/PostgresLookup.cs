using System.Globalization;
using Crm.Engine;
using Npgsql;
using static Crm.Silo.Postgres.Database;

namespace Crm.Silo.Postgres.Lists;

/// <summary>Finds records by identity keys and by likeness, for the product itself.</summary>
public sealed class PostgresLookup(Database database, ICatalog catalog, IKindRegistry kinds) : ILookup
{
    // More holders than this of one batch of keys is a key that identifies nothing.
    private const int MostRows = 5_000;
    private const int MostAlike = 2_000;
    private const int MostResembling = 100;

    /// <inheritdoc />
    public async Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> ByKeys(
        string tenant, string kind, IReadOnlyCollection<string> keys, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(keys.Count, ILookup.MostKeys, nameof(keys));
        var holders = new Dictionary<string, List<string>>();
        if (keys.Count > 0 && kinds.Runtime(kind) is { } runtime)
        {
            var asked = keys.ToHashSet(StringComparer.Ordinal);
            var terms = new Terms(tenant, kind);
            var sql = new SqlText();

            // Comparing hundreds of keys with the terms of a row takes a millisecond: the plan must never do that row by row. So the keys stand in a
            // sub-select, since the planner takes a known list of hundreds for one that nearly every row shares, and nothing else is asked beside them
            // that another index could answer: on a fresh table it takes any such index for better. Terms are salted with tenant and kind.
            var command = sql.Command($"""
                WITH hits AS MATERIALIZED (
                    SELECT tenant_id, kind, id FROM list_rows WHERE NOT deleted AND keys && (SELECT {sql.Terms(asked.Select(key => terms.Key(key)))}))
                SELECT r.id, r.fields FROM hits JOIN records r USING (tenant_id, kind, id)
                WHERE r.tenant_id = {sql.Text(tenant)} AND r.kind = {sql.Text(kind)}
                ORDER BY r.id LIMIT {MostRows}
                """);
            await Read(tenant, command, reader =>
            {
                var id = reader.GetString(0);
                foreach (var key in runtime.Keys(PostgresLists.Fields(reader.GetString(1))).Where(asked.Contains).Distinct())
                {
                    if (!holders.TryGetValue(key, out var ids))
                    {
                        holders[key] = ids = [];
                    }

                    ids.Add(id);
                }
            }, cancel);
        }

        return holders.ToDictionary(holder => holder.Key, holder => (IReadOnlyList<string>)holder.Value);
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<Resembling>> Similar(string tenant, string kind, string text, int limit, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, MostResembling);
        var words = new List<string>();
        Words.OfValue(text, words);
        words = [.. words.Distinct().Where(word => !Asked.IsShort(word)).OrderByDescending(word => word.Length).Take(Question.MaxWords)];
        if (words.Count == 0)
        {
            return [];
        }

        var found = new Dictionary<string, double>();

        foreach (var some in catalog.Find(kind) is null ? [] : Attempts(words))
        {
            if (found.Count < limit)
            {
                await Read(tenant, Alike(tenant, kind, some), reader => found.TryAdd(reader.GetString(0), Likeness(words, reader.GetString(1))), cancel);
            }
        }

        return [.. found.Select(each => new Resembling(each.Key, each.Value)).OrderByDescending(each => each.Likeness)
            .ThenBy(each => each.Id, StringComparer.Ordinal).Take(limit)];
    }

    // All words, then the longer half, which tells most, then each by itself.
    private static IEnumerable<List<string>> Attempts(List<string> words)
    {
        yield return words;
        if (words.Count > 2)
        {
            yield return words[..((words.Count + 1) / 2)];
        }

        foreach (var word in words.Count > 1 ? words : [])
        {
            yield return [word];
        }
    }

    private static NpgsqlBatchCommand Alike(string tenant, string kind, List<string> words)
    {
        var sql = new SqlText();
        var terms = new Terms(tenant, kind);
        var near = words.Select(word => $"l.terms && {sql.Terms(Forms(word, terms))}");
        return sql.Command($"""
            SELECT l.id, l.search FROM list_rows l
            WHERE l.tenant_id = {sql.Text(tenant)} AND l.kind = {sql.Text(kind)} AND NOT l.deleted AND {string.Join(" AND ", near)}
            LIMIT {MostAlike.ToString(CultureInfo.InvariantCulture)}
            """);
    }

    private static IEnumerable<int> Forms(string word, Terms terms) => Near.Applies(word)
        ? Enumerable.Range(0, word.Length).Select(gap => terms.WordWithout(word, gap)).Prepend(terms.Word(word))
        : [terms.Word(word)];

    // Of the words of the record that resemble any asked one, so that a record is not punished for what else it holds.
    private static double Likeness(List<string> words, string search)
    {
        var asked = words.SelectMany(Pieces).ToHashSet();
        var there = search.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Where(word => !char.IsAsciiLetterUpper(word[0]))
            .Distinct().SelectMany(word => Pieces(word).Where(asked.Contains)).ToHashSet();
        return asked.Count == 0 ? 0 : (double)there.Count / asked.Count;
    }

    private static IEnumerable<string> Pieces(string word)
    {
        var padded = $" {word} ";
        return Enumerable.Range(0, padded.Length - 2).Select(i => padded.Substring(i, 3));
    }

    // Planned each time: an import grows an empty table to a hundred thousand rows, and a plan kept from its beginning reads all of them.
    private const string Planned = "SELECT set_config('plan_cache_mode', 'force_custom_plan', true)";

    private async Task Read(string tenant, NpgsqlBatchCommand command, Action<NpgsqlDataReader> each, CancellationToken cancel) =>
        await database.Query(tenant, [Command(Planned), command], async (reader, token) =>
        {
            await reader.NextResultAsync(token);
            while (await reader.ReadAsync(token))
            {
                each(reader);
            }

            return true;
        }, cancel);
}
