using Crm.Engine;
using Crm.Web.Live;
using Crm.Web.SignIn;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crm.Simulation;

/// <summary>A front end: the product's relay, hub and leases of rights, between simulated sockets and simulated silos.</summary>
public sealed class Front
{
    private readonly Scene _scene;
    private readonly Dictionary<int, Socket> _sockets = [];
    private LocalFeed _feed = null!;
    private Relay _relay = null!;
    private ListBoard _board = null!;
    private Flusher _flusher = null!;
    private IRecords _records = null!;
    private LiveOptions _options = null!;
    private int _connections;
    private Desk _desk = null!;
    private FeedBoard _feeds = null!;
    private NoticeDesk _notices = null!;
    private RemotePresence _presence = null!;

    /// <summary>Not running yet.</summary>
    public Front(Scene scene, int index, string name)
    {
        _scene = scene;
        Node = new(scene.World, index, name, _ => Boot()) { Died = Died };
    }

    /// <summary>The process.</summary>
    public Node Node { get; }

    /// <summary>Above zero no nudge gets here.</summary>
    public int Deaf { get; set; }

    /// <summary>The connections of this life.</summary>
    internal OpenConnections Open { get; private set; } = null!;

    /// <summary>Its way to the records.</summary>
    public IRecords Records => _records;

    /// <summary>What it is called at the places where its clients are.</summary>
    internal FrontName Name => new($"{Node.Name}-{Node.Life}");

    /// <summary>A place has moved.</summary>
    public void Moved(Address at) => _presence.Moved(at);

    /// <summary>A nudge has come over the network.</summary>
    public void Hear(Nudge nudge) => _feed.Hear(nudge);

    /// <summary>Takes a socket.</summary>
    internal LiveConnection Accept(Socket socket)
    {
        var id = $"{Node.Name}-{Node.Life}-{++_connections}";
        _sockets[_connections] = socket;
        var connection = new LiveConnection(id, _options, Node.Time, _flusher, socket.Write, _ => socket.Abort(), _ => socket.Abort());
        Open.Add(connection);
        return connection;
    }

    /// <summary>A hub for one call of a connection.</summary>
    internal CrmHub Hub(LiveConnection connection) =>
        new(_records, _scene.Kinds, _relay, _board, Open, _desk, new(new NoDrafts(), Node.Time), _feeds, _notices) { Context = new CallContext(connection) };

    private void Boot()
    {
        var time = Node.Time;
        var pool = new LanePool(Node.Pool);
        _options = new() { QueueBytes = 6_000, ChunkBytes = 2_000, ResumeChanges = 24, WaitingNudges = 200 };
        _feed = new(_scene.Bug == Bug.TopicWithoutTenant);
        _flusher = new(_options, time, pool);
        var lists = new HeadsOfStore(_scene, Node);
        var accounts = new CallerLeases(new AccountsOfStore(_scene, Node), _feed, time, NullLogger<CallerLeases>.Instance);
        ICallers callers = _scene.Bug == Bug.RightsAtConnectOnly ? new AskedOnce(accounts) : accounts;
        var remote = new RemoteRecords(_scene.Network, _scene.Directory, Node);
        _records = _scene.Bug is Bug.IgnoredGap or Bug.NoResume ? new NothingMissed(remote, _scene.Bug) : remote;
        _board = new(lists, _scene.Kinds, _flusher, _options, time, NullLogger<ListBoard>.Instance);
        _relay = new(_records, _feed, _scene.Kinds, _board, _flusher, _options, time, pool, NullLogger<Relay>.Instance);
        _notices = new(new NoNotices(), lists, _scene.Kinds, _relay, _flusher, time, pool, NullLogger<NoticeDesk>.Instance);
        _presence = new(_scene, this);
        var profiles = new Profiles(_records, _options, time, NullLogger<Profiles>.Instance);
        _desk = new(new(_presence, _relay, _flusher, _options, time, pool, Name, NullLogger<Attendance>.Instance), _relay, profiles, _scene.Kinds, _options, time, pool);
        var users = new UserConnections(new EmbeddedPlaces(time), Name, _options, time, NullLogger<UserConnections>.Instance);
        Open = new(_relay, _desk, callers, users);
        var rights = new RightsWatch(Open, callers, _records, _scene.Kinds, _board, _flusher, _options, time, pool, NullLogger<RightsWatch>.Instance);
        _feeds = new(new NoActivity(), _records, _relay, _flusher, _options, time, pool, NullLogger<FeedBoard>.Instance);
        var pulse = new Pulse(new(_relay, lists, _options, time), _board, _feeds, rights, _desk, Open, users, _options, time, NullLogger<Pulse>.Instance);
        Node.Pool.Start(() => pulse.Run(CancellationToken.None));
    }

    private void Died()
    {
        foreach (var socket in _sockets.Values)
        {
            socket.Reset();
        }

        _sockets.Clear();
    }
}
