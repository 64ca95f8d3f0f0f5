namespace Crm.Simulation;

/// <summary>A process on a machine: it can die, pause, and be wrong about the time. What it knows dies with it.</summary>
public sealed class Node
{
    private readonly World _world;
    private readonly Action<Node> _boot;
    private readonly List<Lane> _lanes = [];
    private readonly List<(Lane Lane, Task? Task, ulong Order)> _parked = [];
    private int _life;
    private int _turnsLeft = -1;
    private int _pauses;
    private long _downUntil;

    /// <summary>Not running yet.</summary>
    /// <param name="boot">Starts what runs on it, in each life anew.</param>
    public Node(World world, int index, string name, Action<Node> boot)
    {
        (_world, Index, Name, Id, _boot) = (world, index, name, Keyed.Of(name), boot);
        Pool = null!;
        Time = null!;
    }

    /// <summary>Its place in the network.</summary>
    public int Index { get; }

    /// <summary>For people.</summary>
    public string Name { get; }

    /// <summary>For decisions.</summary>
    public ulong Id { get; }

    /// <summary>It is a process now.</summary>
    public bool Up { get; private set; }

    /// <summary>Takes no turn for now.</summary>
    public bool Paused => _pauses > 0;

    /// <summary>Tells lives apart.</summary>
    public int Life => _life;

    /// <summary>Its thread pool, in this life.</summary>
    public Lane Pool { get; private set; }

    /// <summary>Its clock, in this life.</summary>
    public NodeTime Time { get; private set; }

    /// <summary>How wrong its wall clock is.</summary>
    public TimeSpan Skew { get; set; }

    /// <summary>Runs once it has died.</summary>
    public Action? Died { get; set; }

    /// <summary>Begins a life.</summary>
    public void Start()
    {
        (Up, _life, _turnsLeft) = (true, _life + 1, -1);
        Pool = NewLane(Keyed.Of("pool"), inOrder: false);
        Time = new(_world, this);
        _world.Note(Id);
        _world.Log($"{Name} starts");
        _boot(this);
    }

    /// <summary>Dies at once, and comes back later.</summary>
    public void Crash(TimeSpan down)
    {
        if (!Up)
        {
            return;
        }

        Stop();
        _world.Log($"{Name} dies");
        _world.Note(~Id);
        _world.Saw($"{Name.TrimEnd('0', '1')} crashed");
        _downUntil = _world.Now + down.Ticks;
        _world.At(_downUntil, Id, Revive);
        Died?.Invoke();
    }

    /// <summary>Ends, with all that waits.</summary>
    public void Stop()
    {
        Up = false;
        _lanes.ForEach(lane => lane.Dead = true);
        _lanes.Clear();
        _parked.Clear();
    }

    /// <summary>Dies after so many more turns: between any two awaits.</summary>
    public void CrashAfter(int turns) => _turnsLeft = turns;

    /// <summary>How long it stays down once <see cref="CrashAfter"/> strikes.</summary>
    public TimeSpan DownFor { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Takes no turn for a while.</summary>
    public void Pause(TimeSpan time)
    {
        _pauses++;
        _world.Saw("node paused");
        _world.At(_world.Now + time.Ticks, Id, Resume);
    }

    /// <summary>A scheduler that lives as long as this life.</summary>
    public Lane NewLane(ulong id, bool inOrder)
    {
        var lane = new Lane(_world, this, Keyed.Mix(Id ^ Keyed.Mix(id ^ (ulong)_life)), inOrder);
        _lanes.Add(lane);
        return lane;
    }

    /// <summary>Keeps a turn for later.</summary>
    public void Park(Lane lane, Task? task, ulong order) => _parked.Add((lane, task, order));

    /// <summary>A turn was taken.</summary>
    public void Turned()
    {
        if (_turnsLeft >= 0 && _turnsLeft-- == 0)
        {
            Crash(DownFor);
        }
    }

    /// <summary>Every pause is over.</summary>
    public void Wake()
    {
        _pauses = Math.Min(_pauses, 1);
        Resume();
    }

    private void Resume()
    {
        if (_pauses > 0 && --_pauses == 0)
        {
            foreach (var (lane, task, order) in _parked)
            {
                _world.Ready(lane, task, order);
            }

            _parked.Clear();
        }
    }

    private void Revive()
    {
        if (!Up && _world.Now >= _downUntil)
        {
            Start();
        }
    }
}

/// <summary>The clock of one life of a node: timers run on its pool, timestamps never go back, the wall clock may be wrong.</summary>
public sealed class NodeTime(World world, Node node) : TimeProvider
{
    private static readonly DateTimeOffset Beginning = new(2026, 9, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly Lane _pool = node.Pool;
    private ulong _timers;

    /// <inheritdoc />
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow() => Beginning.AddTicks(world.Now) + node.Skew;

    /// <inheritdoc />
    public override long GetTimestamp() => world.Now + 1;

    /// <inheritdoc />
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, ++_timers, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    // Timers may be disposed of by a finaliser, on a thread of its own.
    private sealed class Timer(NodeTime time, ulong number, Action callback) : ITimer
    {
        private readonly NodeTime _time = time;
        private volatile int _version;
        private TimeSpan _period;

        private World World => _time.World;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _period = period;
            Arm(dueTime, ++_version);
            return true;
        }

        public void Dispose() => _version = -1;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private void Arm(TimeSpan due, int version)
        {
            if (due != Timeout.InfiniteTimeSpan)
            {
                World.At(World.Now + due.Ticks, Keyed.Mix(_time.NodeId ^ number), () => Fire(version));
            }
        }

        private void Fire(int version)
        {
            if (version == _version && !_time._pool.Dead)
            {
                _time._pool.Post(callback);
                if (_period > TimeSpan.Zero)
                {
                    Arm(_period, version);
                }
            }
        }
    }

    private World World => world;

    private ulong NodeId => node.Id;
}
