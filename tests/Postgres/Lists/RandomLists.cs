using System.Collections.Frozen;
using System.Text.Json;

namespace Crm.Tests;

/// <summary>Random records, callers and questions from so small a world that they often meet.</summary>
public sealed class RandomLists(int seed)
{
    private static readonly string[] Names =
    [
        "Ana López", "ana lopez", "Anna Lopes", "Łukasz Öst", "Zoë O'Brien", "Zoe", "José-María", "Straße 12", "😀 Emoji", "\uFF21\uFF22 wide", "", "田中 太郎", "Ωμέγα", "50% off_x\\y",
        "Müller", "Mueller", "Miller", "müler", "A", "Bo", "Bob Smith", "bo@x", "zz 0049", "Ivan'; DROP TABLE records; --",
    ];

    private static readonly string[] Emails = ["ana.lopez@acme.test", "bo@x.test", "JOSE@ACME.TEST", "a_b%c@x.test", "zoe@münchen.test"];
    private static readonly string[] Phones = ["+49 (0)30 1234-567", "030 1234567", "0049301234567", "555-1234", "1234567 ext. 12", "12345"];
    private static readonly string[] Questions =
    [
        "ana", "lopez", "lopz ana", "LÓPEZ", "an lo", "a", "b", "zo", "o'brien", "obrein", "muller", "mueler", "strasse", "030 1234567", "1234567", "+49 30 1234567", "4567", "12", "bo@x",
        "ana.lopez@acme.test", "ana.lopes@acme.test", "@acme", "acme", "%", "_", "50% off", "off_x", "a_b", "😀", "emoji", "ωμεγα", "田中", "太郎", "mar", "tes", "x test", "'; drop table", "phones", "NAME",
        "smith bob", "smiht", "bob smith jr", "!!!", "a_b%c@x.test", "\\y", "wide ab", "ost", "öst",
    ];

    private static readonly string[] Texts = ["", "a", "A", "b", "Ab", "zed", "Zed", "ä", "Ä", "\uE000", "😀", "100%", "1_0", "back\\slash", "line\nbreak", "2026-01-01", "true", "1", "'quote\"", "active"];
    private static readonly string[] Numbers = ["0", "-0", "1", "1.0", "1e0", "10", "-3.5", "0.1", "0.10000000000000000001", "12345678901234567890", "1e20", "-1e-5"];
    private static readonly string[] Days = ["2026-01-01", "2026-12-31", "2025-02-28", "0001-01-01"];
    private static readonly string[] Instants =
    [
        "2026-03-01T08:05:00Z", "2026-03-01T09:05:00+01:00", "2026-03-01T08:05:00.0000001Z", "2026-03-01T08:05", "2026-03-01", "2026-02-30T00:00:00Z", "2026-03-01T24:00:00Z",
        "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00+14:00", "2026-03-01T08:05:00.1234567Z", "2026-03-01 08:05:00Z",
    ];

    private readonly Random _random = new(seed);

    /// <summary>Some records.</summary>
    public List<RecordView> Records(int count) => [.. Enumerable.Range(0, count).Select(i =>
        new RecordView("contacts", $"{(i % 2 == 0 ? "r" : "R")}{i:00}", _random.Next(1, 4), Time(), Time(), Pick(["ana", "bo", "Ana"]), _random.Next(10) == 0, Fields()))];

    /// <summary>Somebody who sees all, some fields only, or only what is his.</summary>
    public Caller Caller()
    {
        string[] hideable = ["name", "emails", "phones", "company", "status", "custom", "custom.text", "tags", "owner"];
        return new("acme", Pick(["ana", "bo"]), FrozenSet.Create(Pick(["contacts.read", "contacts.read", "contacts.read.own", "*"])),
            _random.Next(2) == 0 ? FrozenSet<string>.Empty : hideable.Where(_ => _random.Next(4) == 0).Select(field => $"contacts.{field}").ToFrozenSet(), FrozenSet<string>.Empty);
    }

    /// <summary>A question; what it filters and sorts by may be hidden from the caller.</summary>
    public ListQuery Query() => new(
        _random.Next(3) == 0 ? null : Pick(Questions),
        _random.Next(2) == 0 ? default : JsonSerializer.SerializeToElement(Filter(_random.Next(3))),
        _random.Next(2) == 0 ? null : Pick(["", "-"]) + Pick(SortFields), _random.Next(1, 15));

    private static readonly string[] SortFields =
        ["name", "company", "createdAt", "updatedAt", "updatedBy", "version", "id", "status", "score", "address.city", "custom.text", "custom.number", "custom.day", "custom.at", "custom.flag", "custom.pick", "notes"];

    private Dictionary<string, JsonElement> Fields()
    {
        var fields = new Dictionary<string, object?>
        {
            ["name"] = Pick(Names), ["emails"] = Some(Emails), ["phones"] = Some(Phones), ["company"] = Pick(Names), ["address"] = new { city = Pick(Texts), street = Pick(Names) },
            ["tags"] = Some(Texts), ["owner"] = Pick(["ana", "bo"]), ["status"] = Pick(["active", "lost", "lead"]), ["notes"] = Pick(Texts), ["score"] = _random.Next(3), ["seen"] = new { }, ["shared"] = _random.Next(4) == 0,
            ["custom.text"] = Pick(Texts), ["custom.number"] = JsonElement.Parse(Pick(Numbers)), ["custom.day"] = Pick(Days), ["custom.at"] = Pick(Instants), ["custom.flag"] = _random.Next(2) == 0,
            ["custom.pick"] = Pick(["a", "b"]), ["custom.set"] = Some(Texts), ["custom.friend"] = Pick(["r00", "R01"]),
        };
        foreach (var name in fields.Keys.ToList())
        {
            // A custom field may hold what it held when it had another type.
            if (name.StartsWith("custom.", StringComparison.Ordinal) && _random.Next(6) == 0)
            {
                fields[name] = Pick(new object[] { Pick(Texts), JsonElement.Parse(Pick(Numbers)), true, Some(Texts), new { a = 1 }, Pick(Instants) });
            }
        }

        return fields.Where(_ => _random.Next(5) != 0).ToDictionary(field => field.Key, field => JsonSerializer.SerializeToElement(field.Value));
    }

    private Dictionary<string, object?> Filter(int depth)
    {
        var filter = new Dictionary<string, object?>();
        for (var i = _random.Next(3); i >= 0; i--)
        {
            if (depth > 0 && _random.Next(2) == 0)
            {
                var inner = Pick(["and", "or", "not"]);
                filter[inner] = inner == "not" ? Filter(depth - 1) : Enumerable.Range(0, _random.Next(3)).Select(_ => Filter(depth - 1)).ToArray();
            }
            else
            {
                var (field, test) = Test();
                filter[field] = test;
            }
        }

        return filter;
    }

    private (string Field, object? Test) Test() => _random.Next(9) switch
    {
        0 => (Pick(["status", "custom.pick"]) is "status" ? ("status", Equality(() => Pick(["active", "lost"]))) : ("custom.pick", Equality(() => Pick(["a", "b"])))),
        1 => (Pick(["name", "company", "notes", "custom.text", "address.city", "id"]), _random.Next(2) == 0
            ? Equality(() => Pick(Texts)) : Op(Pick(["contains", "startsWith"]), Pick([.. Texts, .. Questions]))),
        2 => (Pick(["tags", "custom.set", "emails"]), _random.Next(2) == 0 ? Pick([.. Texts, .. Emails]) : Op("in", Some(Texts))),
        3 => (Pick(["score", "version", "custom.number"]), Ordered(() => JsonElement.Parse(Pick(Numbers)))),
        4 => (Pick(["custom.day"]), Ordered(() => Pick(Days))),
        5 => (Pick(["custom.at", "createdAt", "updatedAt"]), Ordered(() => Pick(Instants.Where(text => Values.Instant(text) is not null).ToArray()))),
        6 => ("custom.flag", _random.Next(2) == 0 ? _random.Next(2) == 0 : Op("ne", true)),
        7 => (Pick(["owner", "updatedBy", "custom.friend"]), Equality(() => Pick(["ana", "bo", "r00"]))),
        _ => (Pick(["name", "tags", "address", "custom.text", "custom.at", "custom.flag", "status", "seen", "notes"]), Op("empty", _random.Next(2) == 0)),
    };

    private object? Equality(Func<object?> value) => _random.Next(5) switch
    {
        0 => Op("ne", value()),
        1 => Op("in", Enumerable.Range(0, _random.Next(4)).Select(_ => value()).ToArray()),
        2 => Op("eq", value()),
        3 => null,
        _ => value(),
    };

    private object? Ordered(Func<object?> value) => _random.Next(2) == 0 ? Equality(value) : Op(Pick(["gt", "gte", "lt", "lte"]), value());

    private static Dictionary<string, object?> Op(string name, object? value) => new() { [name] = value };

    private DateTimeOffset Time() => ListFixture.At(_random.Next(5)).AddTicks(_random.Next(3) * 10);

    private string[] Some(string[] from) => [.. from.Where(_ => _random.Next(from.Length) < 2)];

    private T Pick<T>(T[] from) => from[_random.Next(from.Length)];
}
