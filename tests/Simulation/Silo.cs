using Crm.Engine;

namespace Crm.Simulation;

/// <summary>A silo: the engine's in-process host on lanes of the simulation, and the worker that runs what the outbox holds.</summary>
public sealed class Silo : INudges
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private const int Most = 8;
    private readonly Scene _scene;
    private EmbeddedRecords? _records;
    private Processes _processes = Processes.None;
    private int _mailboxes;

    /// <summary>Not running yet.</summary>
    public Silo(Scene scene, int index, string name)
    {
        _scene = scene;
        Node = new(scene.World, index, name, _ => Boot()) { Died = () => scene.Directory.Left(this) };
    }

    /// <summary>The process.</summary>
    public Node Node { get; }

    /// <summary>The places it hosts in this life.</summary>
    public EmbeddedPresence Presence { get; private set; } = null!;

    /// <summary>The records it hosts in this life.</summary>
    public IRecords Records { get; private set; } = null!;

    /// <inheritdoc />
    public void Nudge(Nudge nudge)
    {
        var world = _scene.World;
        foreach (var front in _scene.Fronts)
        {
            var key = Keyed.Mix(Keyed.Of(nudge.At) ^ (ulong)nudge.Change.Version ^ front.Node.Id);
            if (front.Deaf > 0 || world.Keyed.Chance(_scene.Troubles.Weather.Lost / 1000.0, Site.Lost, key))
            {
                world.Saw("nudge lost");
                continue;
            }

            _scene.Network.Send(Node, front.Node, key, () => front.Hear(nudge));
            if (world.Keyed.Chance(_scene.Troubles.Weather.Double / 1000.0, Site.Double, key))
            {
                world.Saw("nudge doubled");
                _scene.Network.Send(Node, front.Node, ~key, () => front.Hear(nudge));
            }
        }
    }

    private void Boot()
    {
        var journal = new JournalPort(
            _scene.World, _scene.Network, _scene.Store, _scene.Troubles, Node, _scene.Database, _scene.Bug);
        var options = new EmbeddedOptions(Most: 1_000, Idle) { Mailbox = () => Node.NewLane((ulong)++_mailboxes, inOrder: true) };
        _processes = NoticesOf.Processes(_scene, Node);
        _records = new(_scene.Kinds, new(journal, this, _scene.Kinds, _processes, Node.Time), options);
        Records = _scene.Bug == Bug.LossyMerge ? new LossyMerges(_records) : _records;
        Presence = new(Node.Time);
        _scene.Directory.Join(this);
        var others = new RemoteRecords(_scene.Network, _scene.Directory, Node);
        Node.Pool.Start(() => Work(others));
    }

    // Claims, runs, and marks as done; whatever dies in between is claimed again when its lease has ended.
    private async Task Work(IRecords records)
    {
        var questions = new Questions(Node);
        var time = Node.Time;
        while (true)
        {
            try
            {
                var due = await Ask(() => _scene.Store.Claim(Most));
                foreach (var (row, attempt) in due)
                {
                    await Run(row, attempt, records, Ask);
                }
            }
            catch (UnavailableException)
            {
                // The next turn of the loop claims again.
            }

            await Task.Delay(Poll / 4, time);
        }

        Task<T> Ask<T>(Func<T> ask) => _scene.Network.Call(
            Node, _scene.Database, questions.Next(Keyed.Of("outbox")),
            () => _scene.Troubles.Down ? throw new UnavailableException("The database is down.") : Task.FromResult(ask()));
    }

    private async Task Run(Row row, int attempt, IRecords records, Func<Func<bool>, Task<bool>> ask)
    {
        if (_scene.Bug == Bug.MarkBeforeSend)
        {
            await ask(() => _scene.Store.Outbox.Remove(row.Seq));
        }

        try
        {
            await _processes.Run(row.Reaction, _scene.Store.Heard(row), records, CancellationToken.None);
            await ask(() => _scene.Store.Outbox.Remove(row.Seq));
        }
        catch (Exception fault) when (fault is UnavailableException or InvalidOperationException)
        {
            await ask(() =>
            {
                _scene.Store.Retry(row, attempt);
                return true;
            });
        }
    }
}
