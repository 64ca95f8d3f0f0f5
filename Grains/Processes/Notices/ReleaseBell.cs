using Crm.Notices;

namespace Crm.Engine;

/// <summary>Shows a notice that was held: quiet hours are over, or it is time for all that came together.</summary>
public sealed class ReleaseBell : IBell
{
    private const string Bell = "notices.release";

    /// <inheritdoc />
    public string Name => Bell;

    /// <summary>The alarm for a held notice.</summary>
    public static Alarm For(Address notice, DateTimeOffset due) => new(notice.Tenant, Bell, notice.Id, due);

    /// <inheritdoc />
    public async Task<Alarm?> Ring(Alarm alarm, IRecords records, CancellationToken cancel)
    {
        var at = new Address(alarm.Tenant, Notice.KindName, alarm.Key);
        var outcome = await records.Do(at, Caller.System(alarm.Tenant), CommandIds.Derive(Bell, at.Id), Release.Name, Json.Element(new Release()));
        return outcome.Status != Status.Rejected || outcome.Errors[0].Code == "record.missing"
            ? null
            : throw new InvalidOperationException($"{at.Ref} refused release: {outcome.Errors[0].Code}");
    }
}
