using System.Text.Json;

namespace Crm;

/// <summary>What a list shows.</summary>
/// <param name="Q">Fuzzy words, in any order; null or blank for all.</param>
/// <param name="Filter">A filter object as docs/protocol.md describes; undefined or null for none.</param>
/// <param name="Sort">A field, with <c>-</c> before it for descending; null for best match first, or by title.</param>
/// <param name="Limit">1 to 200.</param>
/// <param name="Cursor">Where the page before ended; null for the first page. Opaque.</param>
public sealed record ListQuery(string? Q, JsonElement Filter, string? Sort, int Limit = 50, string? Cursor = null);

/// <summary>One page, reduced to what the caller may see.</summary>
/// <param name="Next">The cursor of the next page; null on the last one.</param>
public sealed record Page(IReadOnlyList<RecordView> Items, string? Next);

/// <summary>A page, or what is wrong with the question.</summary>
public sealed record PageAnswer(Page? Page, Problem? Refusal);

/// <summary>How many records a list has, or what is wrong with the question.</summary>
/// <param name="Count">At most <see cref="ILists.MostCounted"/>.</param>
/// <param name="More">Whether counting stopped there.</param>
public sealed record CountAnswer(long Count, bool More, Problem? Refusal);

/// <summary>Reads many records at once, from the read model that is committed with the journal.</summary>
public interface ILists
{
    /// <summary>A page of a kind. Refuses unknown fields, operators, sorts and cursors by name.</summary>
    Task<PageAnswer> Find(Caller caller, string kind, ListQuery query, CancellationToken cancel = default);

    /// <summary>Counting stops here: nobody scrolls further, and a number that takes seconds is not live.</summary>
    const long MostCounted = 100_000;

    /// <summary>How many records fit; limit and cursor of the question mean nothing here. Refuses what <see cref="Find"/> refuses.</summary>
    async Task<CountAnswer> Count(Caller caller, string kind, ListQuery query, CancellationToken cancel = default)
    {
        var (count, cursor) = (0L, (string?)null);
        do
        {
            var answer = await Find(caller, kind, query with { Limit = 200, Cursor = cursor }, cancel);
            if (answer.Page is not { } page)
            {
                return new(0, false, answer.Refusal);
            }

            (count, cursor) = (count + page.Items.Count, page.Next);
        }
        while (cursor is not null && count < MostCounted);
        return new(count, cursor is not null, null);
    }

    /// <summary>The versions that these records have now; those that do not exist are left out. For comparing heads.</summary>
    Task<IReadOnlyDictionary<Address, long>> Heads(IReadOnlyCollection<Address> records, CancellationToken cancel = default);
}
