namespace Crm.Simulation;

/// <summary>The only thread, the only clock, and the only order of events.</summary>
/// <remarks>
/// Of all turns that could be taken now the one with the lowest hash comes next; when there is none the clock jumps to what is due next.
/// Computing takes no time; waiting takes as long as it says.
/// </remarks>
public sealed class World(ulong seed)
{
    private const int MostTurns = 2_000_000;
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly PriorityQueue<(Lane Lane, Task? Task), ulong> _ready = new();
    private readonly PriorityQueue<Action, (long At, ulong Tie)> _due = new();
    private readonly Dictionary<string, long> _sometimes = [];

    /// <summary>Decides what is not data.</summary>
    public Keyed Keyed { get; } = new(seed);

    /// <summary>Ticks since the beginning.</summary>
    public long Now { get; private set; }

    /// <summary>Turns taken.</summary>
    public long Turns { get; private set; }

    /// <summary>A hash of all that happened, in order: equal for two runs of one case.</summary>
    public ulong Trace { get; private set; }

    /// <summary>The first promise that was broken; null while none is.</summary>
    public string? Broken { get; private set; }

    /// <summary>How often rare things happened: a search that never meets them proves nothing.</summary>
    public IReadOnlyDictionary<string, long> Sometimes => _sometimes;

    /// <summary>Where the story of the run goes; null when nobody reads it.</summary>
    public Action<string>? Story { get; set; }

    /// <summary>Hears what each client's connection went through, as JSON lines: what another client of the protocol is tested with.</summary>
    public Action<string>? Wire { get; set; }

    /// <summary>Tells one event.</summary>
    public void Log(string what) => Story?.Invoke($"{TimeSpan.FromTicks(Now).TotalSeconds,9:0.0000} {what}");

    /// <summary>A rare thing happened.</summary>
    public void Saw(string what) => _sometimes[what] = _sometimes.GetValueOrDefault(what) + 1;

    /// <summary>Writes into the trace.</summary>
    public void Note(ulong what) => Trace = Keyed.Mix(Trace ^ what);

    /// <summary>A promise is broken: the run ends.</summary>
    public void Fail(string what) => Broken ??= $"{TimeSpan.FromTicks(Now).TotalSeconds:0.0000} s: {what}";

    /// <summary>Says no when code has left the thread of the simulation: then nothing about the run could be trusted.</summary>
    public bool IsHere()
    {
        if (Environment.CurrentManagedThreadId == _thread)
        {
            return true;
        }

        Fail($"code has left the thread of the simulation: {Environment.StackTrace}");
        return false;
    }

    /// <summary>Something to do at a time.</summary>
    /// <param name="key">What it is, for the order among things of one instant.</param>
    public void At(long time, ulong key, Action action) => _due.Enqueue(action, (Math.Max(time, Now), Keyed.Hash(Site.Tie, key)));

    /// <summary>A turn that can be taken.</summary>
    public void Ready(Lane lane, Task? task, ulong order) => _ready.Enqueue((lane, task), order);

    /// <summary>Lets time pass until a time, or until a condition holds.</summary>
    public void Run(long until, Func<bool>? done = null)
    {
        while (Broken is null)
        {
            if (_ready.TryDequeue(out var turn, out var order))
            {
                if (turn.Lane.Run(turn.Task, order))
                {
                    Trace = Keyed.Mix(Trace ^ order);
                    if (++Turns > MostTurns)
                    {
                        Fail("it does not come to rest");
                    }
                }
            }
            else if (done?.Invoke() is true)
            {
                return;
            }
            else if (_due.TryPeek(out var action, out var when) && when.At <= until)
            {
                _due.Dequeue();
                Now = when.At;
                action();
            }
            else
            {
                Now = until;
                return;
            }
        }
    }
}
