using System.Text.Json;
using Crm.Engine;
using Crm.Notices;

namespace Crm.Simulation;

/// <summary>What makes notices on a silo: the product's own course, over the ports of the simulation.</summary>
public static class NoticesOf
{
    private static readonly NoticeRules Rules = Make();

    /// <summary>The processes of one life of a silo.</summary>
    public static Processes Processes(Scene scene, Node node)
    {
        var members = new Everybody();
        var maker = new NoticeMaker(new(members), members, new AlarmPort(scene, node), new(null!, node.Time), new(scene.Kinds, members));
        return new([new NoticeCourse(Rules, scene.Kinds, new(members), members, maker)]);
    }

    /// <summary>What is wrong with the notices of a record's changes; null when each was told to each of whom it concerns, once, with its alarm.</summary>
    public static string? Wrong(Scene scene, Address at, Shelf shelf)
    {
        foreach (var change in shelf.Changes.Where(change => Rules.For(at.Kind, change).Any()))
        {
            foreach (var user in Card.Told)
            {
                var place = new Telling(Card.Closing, at, change, at, user, null).At;
                var notice = scene.Store.Shelves.GetValueOrDefault(place);
                scene.World.Saw("notice told");
                if (notice is not { Changes: [{ Type: "notices.make" }] })
                {
                    return $"version {change.Version} of {at} was told {user} {notice?.Changes.Count ?? 0} times";
                }

                if (!scene.Store.Alarms.ContainsKey(EscalationBell.For(place, default) is var alarm ? (alarm.Tenant, alarm.Bell, alarm.Key) : default))
                {
                    return $"version {change.Version} of {at} was told {user} without an alarm";
                }
            }
        }

        var told = scene.Store.Shelves.Where(each => each.Key.Kind == Notice.KindName && each.Value.Head!.Fields["about"].ValueEquals(at.Ref) && each.Key.Tenant == at.Tenant);
        return told.GroupBy(each => (each.Value.Head!.Fields["user"].GetString(), each.Value.Head!.Fields["version"].GetInt64())).FirstOrDefault(same => same.Count() > 1) is { } twice
            ? $"version {twice.Key.Item2} of {at} was told {twice.Key.Item1} {twice.Count()} times" : null;
    }

    private static NoticeRules Make()
    {
        var kinds = Scene.All;
        return new(kinds, kinds);
    }

    // The users of the simulation. What they may see is another test's.
    private sealed class Everybody : IMembers
    {
        private static readonly Dictionary<string, Member> All = Card.Told.ToDictionary(user => user, user => new Member(user, user, $"{user}@sim.test", null, []));

        public ValueTask<IReadOnlyDictionary<string, Member>> Of(string tenant) => new(All);

        public Task<Caller?> Caller(string tenant, string user) => Task.FromResult(Rights.Of(tenant, user, "full"));
    }

    /// <summary>A silo's way to the table of alarms.</summary>
    private sealed class AlarmPort(Scene scene, Node node) : ITimers
    {
        private readonly Questions _questions = new(node);

        public Task Set(Alarm alarm, bool move = false, CancellationToken cancel = default)
        {
            var set = Ask(alarm.Key, () => scene.Store.Alarms.TryAdd((alarm.Tenant, alarm.Bell, alarm.Key), alarm));
            return scene.Bug == Bug.LostAlarm ? Task.CompletedTask : set;
        }

        public Task Cancel(string tenant, string bell, string key, CancellationToken cancel = default) => Ask(key, () => scene.Store.Alarms.Remove((tenant, bell, key)));

        private Task<bool> Ask(string key, Func<bool> ask) => scene.Network.Call(
            node, scene.Database, _questions.Next(Keyed.Of(key)),
            () => scene.Troubles.Down ? throw new UnavailableException("The database is down.") : Task.FromResult(ask()));
    }
}

/// <summary>No client of the simulation asks for notices; what it is told of a conflict is in the answer.</summary>
internal sealed class NoNotices : INotices
{
    public IReadOnlyList<NoticeEvent> Events => [];

    public Task<IReadOnlyList<NoticeText>> Texts(Caller caller, IReadOnlyCollection<string> ids, string? language, CancellationToken cancel = default) => Task.FromResult<IReadOnlyList<NoticeText>>([]);

    public Task<int> ReadAll(Caller caller, DateTimeOffset until, string? @event, CancellationToken cancel = default) => Task.FromResult(0);

    public Task<NoticePreferences> Preferences(Caller caller, string? role, CancellationToken cancel = default) => throw new NotSupportedException();

    public Task<Outcome> Prefer(Caller caller, Guid commandId, string? role, JsonElement set) => throw new NotSupportedException();

    public Task<(NoticePreview? Preview, Problem? Refusal)> Preview(Caller caller, JsonElement set, CancellationToken cancel = default) => throw new NotSupportedException();

    public Task Conflicted(Caller caller, Address at, Outcome refused, CancellationToken cancel = default) => Task.CompletedTask;

    public Task Delivered(string tenant, IReadOnlyCollection<string> ids) => Task.CompletedTask;

    public Task EndMail(string tenant, string user) => Task.CompletedTask;
}
