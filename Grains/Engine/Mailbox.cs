namespace Crm.Engine;

/// <summary>Runs the turns of one record one at a time, in the order in which they came, as a grain's scheduler does.</summary>
/// <remarks>A turn that awaits lets the next one begin; what follows the await comes back here.</remarks>
public sealed class Mailbox : TaskScheduler, IThreadPoolWorkItem
{
    // So that one busy record does not keep a thread of the pool for itself.
    private const int MostAtOnce = 32;
    private readonly Queue<Task> _tasks = [];
    private bool _running;

    /// <inheritdoc />
    public override int MaximumConcurrencyLevel => 1;

    /// <summary>Runs a turn in a mailbox and gives its result to the caller.</summary>
    public static Task<TResult> Run<TResult>(TaskScheduler mailbox, Func<Task<TResult>> turn) =>
        Task.Factory.StartNew(turn, CancellationToken.None, TaskCreationOptions.DenyChildAttach, mailbox).Unwrap();

    /// <inheritdoc />
    protected override void QueueTask(Task task)
    {
        lock (_tasks)
        {
            _tasks.Enqueue(task);
            if (_running)
            {
                return;
            }

            _running = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        for (var done = 0; done < MostAtOnce; done++)
        {
            Task task;
            lock (_tasks)
            {
                if (_tasks.Count == 0)
                {
                    _running = false;
                    return;
                }

                task = _tasks.Dequeue();
            }

            TryExecuteTask(task);
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <inheritdoc />
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    /// <inheritdoc />
    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_tasks)
        {
            return [.. _tasks];
        }
    }
}
