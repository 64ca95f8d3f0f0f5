using System.Text.Json;
using Crm.Follows;
using Crm.Notices;

namespace Crm.Engine.Tests.Notices;

/// <summary>All that makes and sends notices, over a journal in memory and a clock that is moved by hand.</summary>
public sealed class NoticeBench : IDisposable
{
    private readonly EmbeddedRecords _host;
    private readonly MemberBook _members;
    private readonly Dictionary<string, Caller?> _rights = [];
    private readonly Processes _processes;
    private readonly FollowedBook _followed;
    private int _ran;
    private int _ids;

    public NoticeBench()
    {
        var lists = new FeedReads(Kinds, Feed);
        Lists = lists;
        Rules = new(Kinds, Kinds, EscalationBell.Rule, ConflictBell.Rule, NoticeCourse.Followed);
        _members = new(lists, (_, user) => Task.FromResult(_rights.GetValueOrDefault(user)), Feed, Time);
        var wishes = new WishBook(_members);
        Timers = new(Time);
        var sweep = new SweepBell(lists, Time);
        Maker = new(wishes, _members, Timers, sweep, new NoticeRanking(Kinds, _members));
        var course = new NoticeCourse(Rules, Kinds, new(_members, new Late(() => Follows!)), _members, Maker);
        _followed = new(() => lists, () => course, () => Host, Feed, Time);
        _processes = new([course, new EscalationEnd(Timers), new NoticeLearning(), new TenantRanking()], null, [_followed]);
        _host = new(Kinds, new(Journal, Feed, Kinds, _processes, Time));
        Follows = new FollowBook(_host, lists, Kinds);
        Book = new(() => _host, lists, Rules, new(Rules, Kinds), wishes, _members, Timers, Drafts, Time);
        Bells = new([sweep, new ReleaseBell(), new EscalationBell(wishes, () => Maker, Timers, Time), new MailBell(Post, lists, Book, _members, wishes, Time), new ConflictBell(Maker, Drafts)]);
    }

    public Kinds Kinds { get; } = Kinds.All();

    public MemoryJournal Journal { get; } = new();

    public EmbeddedFeed Feed { get; } = new();

    public FakeTime Time { get; } = new();

    public MemoryPost Post { get; } = new();

    public DraftsInMemory Drafts { get; } = new();

    public ILists Lists { get; }

    public NoticeRules Rules { get; }

    public NoticeMaker Maker { get; }

    public MemoryTimers Timers { get; }

    public Bells Bells { get; }

    public NoticeBook Book { get; }

    public IFollows Follows { get; }

    public IRecords Host => _host;

    public Address Contact { get; } = new("acme", "contacts", "c1");

    /// <summary>Somebody who may sign in and holds these permissions.</summary>
    public async Task<Caller> User(string id, string permissions = "contacts.*", string? team = null, string? hidden = null, string? name = null)
    {
        var at = new Address("acme", "users", id);
        var person = new Dictionary<string, string?> { ["name"] = name ?? $"{id} Name", ["email"] = $"{id}@acme.test", ["team"] = team };
        (await Host.Edit(at, Caller.System("acme"), NewId(), 0, JsonSerializer.SerializeToElement(person))).Status.ShouldBe(Status.Applied);
        return Rights(id, permissions, hidden);
    }

    /// <summary>What he may do from now on.</summary>
    public Caller Rights(string id, string permissions, string? hidden = null)
    {
        var held = permissions.Split(' ', StringSplitOptions.RemoveEmptyEntries).Concat(["users.read", "notices.read.own", "preferences.read.own", "announcements.read"]);
        var caller = new Caller("acme", id, held.ToHashSet(), hidden is null ? new HashSet<string>() : [hidden], new HashSet<string>());
        _rights[id] = caller;
        return caller;
    }

    /// <summary>He may not sign in any more.</summary>
    public void Gone(string id) => _rights[id] = null;

    public Guid NewId() => CommandIds.Derive("bench", Interlocked.Increment(ref _ids).ToString());

    /// <summary>Makes the contact, or edits it on its newest version, and runs what follows.</summary>
    public async Task<long> Write(Caller by, object fields)
    {
        var version = (await Host.Read(Contact, Caller.System("acme")))?.Version ?? 0;
        var outcome = await Host.Edit(Contact, by, NewId(), version, JsonSerializer.SerializeToElement(fields));
        outcome.Status.ShouldBe(Status.Applied, string.Join(' ', outcome.Errors.Select(error => error.Text)));
        await Run();
        return outcome.Version;
    }

    public async Task Do(RecordView notice, string verb, object? args = null)
    {
        var user = _rights[notice.Fields["user"].GetString()!]!;
        (await Host.Do(new("acme", "notices", notice.Id), user, NewId(), verb, JsonSerializer.SerializeToElement(args ?? new { }))).Status.ShouldBe(Status.Applied);
        await Run();
    }

    public async Task Prefer(Caller user, object set, string? role = null)
    {
        var outcome = await Book.Prefer(user, NewId(), role, JsonSerializer.SerializeToElement(set));
        outcome.Status.ShouldBe(Status.Applied, string.Join(' ', outcome.Errors.Select(error => error.Text)));
    }

    /// <summary>Runs what waits in the outbox; all of it again when told so, as after a crash before the rows were marked.</summary>
    public async Task Run(bool again = false)
    {
        for (_ran = again ? 0 : _ran; _ran < Journal.Outbox.Count; _ran++)
        {
            var row = Journal.Outbox[_ran];
            var change = (await Journal.Read(row.At, row.Version - 1, 1))[0];
            var view = (await Journal.Load(row.At)).View!;
            await _processes.Run(row.Reaction, new(row.At, change, view), Host, CancellationToken.None);
        }
    }

    /// <summary>Moves the clock and rings what falls due, in order.</summary>
    public async Task Pass(TimeSpan time)
    {
        var until = Time.GetUtcNow() + time;
        while (Timers.Next(until) is { } due)
        {
            Time.Advance(due > Time.GetUtcNow() ? due - Time.GetUtcNow() : TimeSpan.Zero);
            await Timers.Ring(Bells, Host);
            await Run();
        }

        Time.Advance(until - Time.GetUtcNow());
    }

    /// <summary>A user's notices, as he sees them.</summary>
    public async Task<IReadOnlyList<RecordView>> Of(Caller user) => (await Lists.Find(user, Notice.KindName, new(null, default, "createdAt", 200))).Page!.Items;

    public async Task<string> Events(Caller user) => string.Join(' ', (await Of(user)).Select(notice => notice.Fields["event"].GetString()));

    public async Task<string> Text(Caller user, string? language = null) =>
        string.Join('\n', (await Book.Texts(user, [.. (await Of(user)).Select(notice => notice.Id)], language)).Select(text => text.Text));

    public void Dispose()
    {
        _host.Dispose();
        _members.Dispose();
        _followed.Dispose();
    }

    private sealed class Late(Func<IFollows> follows) : IFollows
    {
        public Task<FollowAnswer> Follow(Caller caller, Guid commandId, string target, CancellationToken cancel = default) => follows().Follow(caller, commandId, target, cancel);

        public Task<IReadOnlyList<string>> Followers(string tenant, string target, CancellationToken cancel = default) => follows().Followers(tenant, target, cancel);

        public Task<IReadOnlyList<string>> Followed(string tenant, string user, CancellationToken cancel = default) => follows().Followed(tenant, user, cancel);
    }
}

/// <summary>Alarms in memory, by the rules of <see cref="ITimers"/>.</summary>
public sealed class MemoryTimers(TimeProvider time) : ITimers
{
    private readonly Dictionary<(string, string, string), (Alarm Alarm, int Attempts)> _all = [];

    /// <summary>Those that nobody tries any more.</summary>
    public List<Alarm> Parked { get; } = [];

    public IReadOnlyCollection<Alarm> All => [.. _all.Values.Select(each => each.Alarm)];

    public Task Set(Alarm alarm, bool move = false, CancellationToken cancel = default)
    {
        if (move || !_all.ContainsKey(Key(alarm)))
        {
            _all[Key(alarm)] = (alarm, 0);
        }

        return Task.CompletedTask;
    }

    public Task Cancel(string tenant, string bell, string key, CancellationToken cancel = default)
    {
        _all.Remove((tenant, bell, key));
        return Task.CompletedTask;
    }

    public DateTimeOffset? Next(DateTimeOffset until) => _all.Values.Select(each => (DateTimeOffset?)each.Alarm.Due).Where(due => due <= until).Min();

    /// <summary>Rings what is due now; what fails is set later.</summary>
    public async Task Ring(Bells bells, IRecords records)
    {
        foreach (var (key, (alarm, attempts)) in _all.Where(each => each.Value.Alarm.Due <= time.GetUtcNow()).OrderBy(each => each.Value.Alarm.Due).ToList())
        {
            try
            {
                var next = await bells.Find(alarm.Bell).Ring(alarm, records, CancellationToken.None);
                _all.Remove(key);
                if (next is not null)
                {
                    _all[key] = (next, 0);
                }
            }
            catch (Exception fault) when (fault is InvalidOperationException or UnavailableException)
            {
                _all.Remove(key);
                if (bells.Wait(alarm.Bell, attempts + 1) is { } wait)
                {
                    _all[key] = (alarm with { Due = time.GetUtcNow() + wait }, attempts + 1);
                }
                else
                {
                    Parked.Add(alarm);
                }
            }
        }
    }

    private static (string, string, string) Key(Alarm alarm) => (alarm.Tenant, alarm.Bell, alarm.Key);
}

/// <summary>A mail server that keeps what it takes, and may be away.</summary>
public sealed class MemoryPost : IMailPost
{
    public List<Letter> Taken { get; } = [];

    public int Tries { get; private set; }

    public bool IsAway { get; set; }

    /// <summary>The next letter is taken, and nobody is told so.</summary>
    public bool LosesAnswer { get; set; }

    /// <summary>An address that does not exist.</summary>
    public string? Refuses { get; set; }

    public bool IsOpen { get; set; } = true;

    public Task Send(Letter letter, CancellationToken cancel)
    {
        Tries++;
        if (letter.To == Refuses)
        {
            throw new LetterRefusedException("550");
        }

        if (IsAway)
        {
            throw new UnavailableException("away");
        }

        Taken.Add(letter);
        if (LosesAnswer)
        {
            LosesAnswer = false;
            throw new UnavailableException("The answer was lost.");
        }

        return Task.CompletedTask;
    }

    public Uri Link(string path) => new(new Uri("https://crm.test/"), path.TrimStart('/'));

    public Task<Uri> Unsubscribe(string tenant, string user) => Task.FromResult(Link($"mail/end?link={tenant}.{user}"));
}

/// <summary>Unsaved writing in memory.</summary>
public sealed class DraftsInMemory : IKeptDrafts
{
    private readonly Dictionary<(Address, string, string), KeptDraft> _all = [];

    public Task Keep(Address at, string user, KeptDraft draft, CancellationToken cancel = default)
    {
        _all[(at, user, draft.Field)] = draft;
        return Task.CompletedTask;
    }

    public Task Drop(Address at, string user, string field, CancellationToken cancel = default)
    {
        _all.Remove((at, user, field));
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<KeptDraft>> Of(Address at, string user, CancellationToken cancel = default) =>
        Task.FromResult<IReadOnlyList<KeptDraft>>([.. _all.Where(each => each.Key.Item1 == at && each.Key.Item2 == user).Select(each => each.Value)]);
}
