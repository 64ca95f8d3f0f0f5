using System.Text.Json;

namespace Crm.Simulation;

/// <summary>A command as the client sends it, however often.</summary>
/// <param name="Verb">Null for an edit.</param>
/// <param name="Seen">What the client held when he made an edit: its base.</param>
public sealed record Command(
    Guid Id, Address At, string User, string? Verb, long Base, JsonElement Body, IReadOnlyDictionary<string, JsonElement>? Seen)
{
    /// <summary>The highest version that was acknowledged to anybody before this was first sent; −1 while it was not.</summary>
    public long Floor { get; set; } = -1;

    /// <summary>The first answer that says that it holds, as status and version.</summary>
    public (string Status, long Version)? Done { get; set; }
}

/// <summary>Makes commands of steps.</summary>
public static class Written
{
    private static readonly string[] Words = ["red", "green", "blue", "black"];

    /// <summary>The command of a step, on what the client knows.</summary>
    public static Command Of(Op op, Guid id, Address at, string user, View? view, long known)
    {
        var fields = view is { Version: > 0 } ? view.Fields.ToDictionary() : null;
        var version = fields is null ? known : view!.Version;
        Command Do(string verb, object args) => new(id, at, user, verb, 0, JsonSerializer.SerializeToElement(args), null);
        return op.Act switch
        {
            Act.Take => Do("take", new { count = (op.Value % 4) - 1 }),
            Act.Close => Do("close", new { }),
            Act.Delete => Do("delete", new { }),
            Act.Restore => Do("restore", new { }),
            Act.Undo => Do("undo", new { version = Math.Max(1, version) }),
            _ => new(id, at, user, null, version, JsonSerializer.SerializeToElement(Patch(op, at.Tenant, fields)), fields),
        };
    }

    /// <summary>Every text names its tenant, so that one that leaks is seen.</summary>
    private static Dictionary<string, object?> Patch(Op op, string tenant, Dictionary<string, JsonElement>? seen)
    {
        var patch = new Dictionary<string, object?>();
        bool Has(int bit) => (op.Fields & (1 << bit)) != 0;
        if (Has(0))
        {
            patch["title"] = $"{tenant}:{op.Value}";
        }

        if (Has(4))
        {
            patch["secret"] = $"{tenant}:SECRET{op.Value}";
        }

        if (Has(5) && op.Value % 5 == 0)
        {
            patch["owner"] = $"u{op.Value % 3}";
        }

        if (seen is not null && Has(1))
        {
            patch["body"] = Lines(op, tenant, seen.TryGetValue("body", out var body) ? body.GetString()! : "one\ntwo\nthree\nfour");
        }

        if (seen is not null && Has(2))
        {
            var tags = seen.TryGetValue("tags", out var there) ? there.EnumerateArray().Select(tag => tag.GetString()!).ToList() : [];
            var word = $"{tenant}:{Words[op.Value % Words.Length]}";
            patch["tags"] = tags.Contains(word) && op.Value % 3 == 0 ? tags.Where(tag => tag != word).ToList() : tags.Append(word).Distinct().ToList();
        }

        if (seen is not null && Has(3))
        {
            patch["likes"] = (seen.TryGetValue("likes", out var likes) ? likes.GetInt64() : 0) + 1 + (op.Value % 3);
        }

        if (patch.Count == 0)
        {
            patch["title"] = $"{tenant}:{op.Value}";
        }

        return patch;
    }

    private static string Lines(Op op, string tenant, string body)
    {
        var lines = body.Split('\n');
        lines[op.Value % lines.Length] = $"{tenant}:{op.Value}";
        return string.Join('\n', lines);
    }
}
