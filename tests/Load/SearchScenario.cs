using System.Diagnostics;
using System.Text.Json;
using Crm.Contacts;
using Crm.Silo.Postgres;
using Crm.Silo.Postgres.Lists;

namespace Crm.Load;

/// <summary>Lists of one tenant with a million contacts, as a caller gets them: parsed, found, reduced. One caller at a time.</summary>
public sealed class SearchScenario(int contacts = 1_000_000, int questions = 200)
{
    private const int PageSize = 50;
    private readonly People _people = new(1);

    /// <summary>Milliseconds of each class of question.</summary>
    public async Task<Dictionary<string, Dictionary<string, double>>> Run()
    {
        await using var store = await SearchStore.Open(Path.GetFullPath(".data/bench/search"), contacts);
        await using var source = PostgresHosting.Source(store.Options);
        var lists = new PostgresLists(source, store.Kinds);
        var results = new Dictionary<string, Dictionary<string, double>>();
        foreach (var (name, ask) in Classes())
        {
            await Measure(lists, ask, questions / 10, 1_000_000); // Warm up: the cache of a server that has run for a while.
            var (times, found) = await Measure(lists, ask, questions, 0);
            results[name] = Percentiles.Of(times);
            results[name]["found"] = found;
            Console.Error.WriteLine($"{name}: p95 {results[name]["p95"]:0.0} ms");
        }

        return results;
    }

    private static async Task<(List<double> Milliseconds, double Found)> Measure(PostgresLists lists, Func<int, ListQuery> ask, int count, int from)
    {
        var caller = Caller.System(SearchStore.Tenant);
        var times = new List<double>();
        var found = 0;
        for (var i = 0; i < count; i++)
        {
            var query = ask(from + i);
            var clock = Stopwatch.GetTimestamp();
            var answer = await lists.Find(caller, Contact.KindName, query);
            times.Add(Stopwatch.GetElapsedTime(clock).TotalMilliseconds);
            found += answer.Page?.Items.Count ?? throw new InvalidOperationException(answer.Refusal!.Text);
        }

        return (times, (double)found / count);
    }

    private IEnumerable<(string Name, Func<int, ListQuery> Ask)> Classes()
    {
        yield return ("a whole name", i => Q(Text(i, "name")));
        yield return ("a name, words turned round", i => Q(string.Join(' ', Text(i, "name").Split(' ').Reverse())));
        yield return ("a name with a typo", i => Q(Slip(Text(i, "name"), i)));
        yield return ("a last name with a typo", i => Q(Slip(Text(i, "name").Split(' ')[^1], i)));
        yield return ("name and company", i => Q($"{Text(i, "name")} {Text(i, "company").Split(' ')[0]}"));
        yield return ("first letters, as one types", i => Q(Start(Text(i, "name"), 1 + (i % 4))));
        yield return ("first letters of two words", i => Q($"{Start(Text(i, "name").Split(' ')[0], 2)} {Start(Text(i, "name").Split(' ')[^1], 1 + (i % 3))}"));
        yield return ("the middle of a word", i => Q(Middle(Text(i, "name").Split(' ')[^1], 3)));
        yield return ("a word of the company", i => Q(Text(i, "company").Split(' ')[i % 3]));
        yield return ("words that are everywhere", i => Q(new[] { "gmbh", "com", "works", "maria", "garcia", "example", "gmail", "ana", "sohne", "systems ag" }[i % 10]));
        yield return ("an e-mail address", i => Q(First(i, "emails")));
        yield return ("an e-mail address with a typo", i => Q(Slip(First(i, "emails"), i)));
        yield return ("a telephone number", i => Q(First(i, "phones")));
        yield return ("the end of a telephone number", i => Q(First(i, "phones")[^6..]));
        yield return ("words that nobody has", i => Q($"zzyx{i}qq wwvu"));
        yield return ("by title, first page", _ => new(null, default, null, PageSize));
        yield return ("by last change", _ => new(null, default, "-updatedAt", PageSize));
        yield return ("a status, by title", i => new(null, Filter($$"""{"status":"{{new[] { "active", "customer", "lead" }[i % 3]}}"}"""), null, PageSize));
        yield return ("an owner, by title", i => new(null, Filter($$"""{"owner":"user-{{i % 200}}"}"""), null, PageSize));
        yield return ("an owner, by last change", i => new(null, Filter($$"""{"owner":"user-{{i % 200}}"}"""), "-updatedAt", PageSize));
        yield return ("owner and tag, by creation", i => new(null, Filter($$"""{"owner":"user-{{i % 200}}","tags":"press"}"""), "createdAt", PageSize));
        yield return ("a word and an owner", i => new(Start(Text(i, "name"), 3), Filter($$"""{"owner":"user-{{i % 200}}"}"""), null, PageSize));
        yield return ("a name, by last change", i => new(Text(i, "name").Split(' ')[0], default, "-updatedAt", PageSize));
    }

    private static ListQuery Q(string q) => new(q, default, null, PageSize);

    private static JsonElement Filter(string json) => JsonElement.Parse(json);

    private string Text(int i, string field) => _people.Fields(Number(i))[field].GetString()!;

    private string First(int i, string field) => _people.Fields(Number(i))[field][0].GetString()!;

    private int Number(int i) => People.Generator(i).Next(contacts);

    private static string Start(string text, int length) => text[..Math.Min(text.Length, length)];

    private static string Middle(string word, int length) => word.Length <= length + 1 ? word : word.Substring(1, length);

    // A letter left out, doubled, wrong, or two swapped.
    private static string Slip(string text, int i)
    {
        var random = People.Generator(i);
        var at = random.Next(1, text.Length - 1);
        return (i % 4) switch
        {
            0 => text.Remove(at, 1),
            1 => text.Insert(at, text[at].ToString()),
            2 => string.Concat(text.AsSpan(0, at), "e", text.AsSpan(at + 1)),
            _ => string.Concat(text.AsSpan(0, at), text.AsSpan(at + 1, 1), text.AsSpan(at, 1), text.AsSpan(at + 2)),
        };
    }
}
