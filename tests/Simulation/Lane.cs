using Crm.Web.Live;

namespace Crm.Simulation;

/// <summary>A scheduler of one node: the mailbox of a record, a connection, or the node's thread pool.</summary>
/// <remarks>In order, its tasks run first in first out; else each one competes with all others of the world, as on a pool of many threads.</remarks>
public sealed class Lane(World world, Node node, ulong id, bool inOrder) : TaskScheduler
{
    private readonly Queue<Task> _tasks = [];
    private bool _queued;
    private ulong _count;

    /// <summary>Its node has died: what waits here never happens.</summary>
    public bool Dead { get; set; }

    /// <inheritdoc />
    public override int MaximumConcurrencyLevel => 1;

    /// <summary>Runs something here soon.</summary>
    public void Post(Action action) => new Task(action).Start(this);

    /// <summary>Starts something that awaits.</summary>
    public void Start(Func<Task> action) => new Task(() => _ = Guarded(action)).Start(this);

    /// <summary>Takes one turn, unless its node is dead or paused.</summary>
    public bool Run(Task? task, ulong order)
    {
        if (Dead)
        {
            return false;
        }

        if (node.Paused)
        {
            node.Park(this, task, order);
            return false;
        }

        if (task is null)
        {
            task = _tasks.Dequeue();
            _queued = false;
            Enqueue();
        }

        TryExecuteTask(task);
        node.Turned();
        return true;
    }

    /// <inheritdoc />
    protected override void QueueTask(Task task)
    {
        // What has died may still be finalised, on a thread of its own.
        if (Dead || !world.IsHere())
        {
            return;
        }

        if (inOrder)
        {
            _tasks.Enqueue(task);
            Enqueue();
        }
        else
        {
            world.Ready(this, task, Order());
        }
    }

    /// <inheritdoc />
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    /// <inheritdoc />
    protected override IEnumerable<Task> GetScheduledTasks() => _tasks;

    private void Enqueue()
    {
        if (!_queued && _tasks.Count > 0)
        {
            _queued = true;
            world.Ready(this, null, Order());
        }
    }

    private ulong Order() => world.Keyed.Hash(Site.Turn, id, ++_count);

    private async Task Guarded(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (Exception fault)
        {
            world.Fail($"{node.Name} has an unexpected fault: {fault}");
        }
    }
}

/// <summary>The thread pool of a front end.</summary>
internal sealed class LanePool(Lane lane) : Pool
{
    public override void Queue(IThreadPoolWorkItem work) => lane.Post(work.Execute);

    public override void Queue<T>(Action<T> work, T state) => lane.Post(() => work(state));
}
