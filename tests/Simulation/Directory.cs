using System.Text.Json;

namespace Crm.Simulation;

/// <summary>Numbers questions by who asks and what about, so that each has a fate of its own and none depends on the others.</summary>
public sealed class Questions(Node from)
{
    private readonly Dictionary<ulong, uint> _asked = [];

    /// <summary>The key of the next question about this.</summary>
    public ulong Next(ulong what)
    {
        ref var count = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_asked, what, out _);
        return Keyed.Mix(what ^ Keyed.Mix(from.Id ^ Keyed.Mix((ulong)from.Life ^ ((ulong)count++ << 32))));
    }
}

/// <summary>Which silo holds a record. It forgets a silo some time after it died, and some nodes go on asking one that it has declared dead.</summary>
public sealed class Directory(World world)
{
    private static readonly long NoticedAfter = TimeSpan.FromMilliseconds(300).Ticks;
    private readonly List<Silo> _silos = [];
    private readonly List<Silo> _members = [];
    private readonly Dictionary<Address, Silo> _places = [];
    private readonly Dictionary<(Node Node, Address At), (Silo Silo, int Life, long Until)> _stale = [];

    /// <summary>Every silo there is, running or not.</summary>
    public IReadOnlyList<Silo> Silos => _silos;

    /// <summary>Adds one that will join when it starts.</summary>
    public void Add(Silo silo) => _silos.Add(silo);

    /// <summary>A silo is up.</summary>
    public void Join(Silo silo)
    {
        Forget(silo);
        _members.Add(silo);
    }

    /// <summary>A silo has died; that takes a while to be noticed.</summary>
    public void Left(Silo silo)
    {
        var life = silo.Node.Life;
        world.At(world.Now + NoticedAfter, silo.Node.Id, () =>
        {
            if (silo.Node.Life == life)
            {
                Forget(silo);
            }
        });
    }

    /// <summary>Declares a silo dead that lives. Some of those who know where it holds records go on asking there until a time.</summary>
    public void Evict(Silo silo, IEnumerable<Node> askers, long until, ulong key)
    {
        foreach (var node in askers.Where(node => world.Keyed.Chance(0.5, Site.Place, key, node.Id)))
        {
            foreach (var (at, _) in _places.Where(place => place.Value == silo))
            {
                _stale[(node, at)] = (silo, silo.Node.Life, until);
            }
        }

        Forget(silo);
    }

    /// <summary>Where a node asks for a record; null when no silo is left.</summary>
    public Silo? Find(Node asker, Address at)
    {
        if (_stale.TryGetValue((asker, at), out var stale) && stale.Until > world.Now && stale.Life == stale.Silo.Node.Life)
        {
            world.Saw("record asked for at a silo that was declared dead");
            return stale.Silo;
        }

        if (!_places.TryGetValue(at, out var silo) && _members.Count > 0)
        {
            _places[at] = silo = _members[world.Keyed.Below(_members.Count, Site.Place, Keyed.Of(at))];
        }

        return silo;
    }

    private void Forget(Silo silo)
    {
        _members.Remove(silo);
        foreach (var at in _places.Where(place => place.Value == silo).Select(place => place.Key).ToList())
        {
            _places.Remove(at);
        }
    }
}

/// <summary>A node's way to the records, wherever they are.</summary>
public sealed class RemoteRecords(Network network, Directory directory, Node here) : IRecords
{
    private readonly Questions _questions = new(here);

    /// <inheritdoc />
    public Task<Outcome> Do(Address at, Caller caller, Guid commandId, string verb, JsonElement args) =>
        Ask(at, Keyed.Of(commandId), records => records.Do(at, caller, commandId, verb, args));

    /// <inheritdoc />
    public Task<Outcome> Edit(Address at, Caller caller, Guid commandId, long baseVersion, JsonElement patch) =>
        Ask(at, Keyed.Of(commandId), records => records.Edit(at, caller, commandId, baseVersion, patch));

    /// <inheritdoc />
    public Task<RecordView?> Read(Address at, Caller caller, CancellationToken cancel = default) => Ask(at, Keyed.Of(at), records => records.Read(at, caller, cancel));

    /// <inheritdoc />
    public Task<CatchUp?> Since(Address at, Caller caller, long version, int limit, CancellationToken cancel = default) =>
        Ask(at, Keyed.Of(at), records => records.Since(at, caller, version, limit, cancel));

    /// <inheritdoc />
    public Task<IReadOnlyList<Change>?> History(Address at, Caller caller, long after, int limit, CancellationToken cancel = default) =>
        Ask(at, Keyed.Of(at), records => records.History(at, caller, after, limit, cancel));

    private Task<T> Ask<T>(Address at, ulong about, Func<IRecords, Task<T>> ask) => directory.Find(here, at) is { } silo
        ? network.Call(here, silo.Node, _questions.Next(about), () => ask(silo.Records))
        : Task.FromException<T>(new UnavailableException("No silo is left."));
}
