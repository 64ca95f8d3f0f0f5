using System.Text.Json;

namespace Crm.Engine;

/// <summary>Tells somebody of an edit of his that was refused as a conflict, when he has not decided it after <see cref="Patience"/>: he may have left, or be on another device.</summary>
/// <remarks>What he had written is kept for him (<see cref="IKeptDrafts"/>): both values are there when he decides.</remarks>
public sealed class ConflictBell(NoticeMaker maker, IKeptDrafts drafts) : IBell
{
    /// <summary>How long he has before he is told.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private const string Bell = "notices.conflict";
    private const int Page = 500;

    /// <summary>What he is told.</summary>
    public static NoticeRule Rule { get; } = new(
        "conflict", NoticePriority.Important,
        new("{by} changed {title} while you did. Decide which holds.", "{by} hat {title} zugleich mit Ihnen geändert. Entscheiden Sie, was gilt."), _ => false, _ => [])
    {
        Actions = ["keepMine", "keepTheirs", "open"],
        ToMaker = true,
    };

    /// <inheritdoc />
    public string Name => Bell;

    /// <summary>The alarm for an edit that was refused.</summary>
    public static Alarm For(Address at, string user, Outcome refused, DateTimeOffset now) => new(
        at.Tenant, Bell, $"{user}/{at.Ref}", now + Patience,
        JsonSerializer.SerializeToElement(new { version = refused.Version, by = refused.Conflicts[0].By, fields = refused.Conflicts.Select(conflict => conflict.Field) }));

    /// <inheritdoc />
    public async Task<Alarm?> Ring(Alarm alarm, IRecords records, CancellationToken cancel)
    {
        var (user, reference) = (alarm.Key[..alarm.Key.IndexOf('/', StringComparison.Ordinal)], alarm.Key[(alarm.Key.IndexOf('/', StringComparison.Ordinal) + 1)..]);
        if (Address.FromRef(alarm.Tenant, reference) is not { } at || !await maker.MaySee(at, user, records, cancel))
        {
            return null;
        }

        var (version, by) = (alarm.About.GetProperty("version").GetInt64(), alarm.About.GetProperty("by").GetString()!);
        var fields = alarm.About.GetProperty("fields").EnumerateArray().Select(field => field.GetString()!).ToHashSet();
        if (!(await drafts.Of(at, user, cancel)).Any(draft => fields.Contains(draft.Field)) || await Decided(at, user, version, fields, records, cancel))
        {
            return null;
        }

        await maker.Make(new(Rule, at, new(version, alarm.Due, by, Bell, new Dictionary<string, FromTo>()), at, user, null), records, cancel);
        return null;
    }

    private static async Task<bool> Decided(Address at, string user, long version, HashSet<string> fields, IRecords records, CancellationToken cancel) =>
        (await records.History(at, Caller.System(at.Tenant), version, Page, cancel))?.Any(change => change.By == user && change.Fields.Keys.Any(fields.Contains)) is true;
}
