namespace Crm.Web.Live;

/// <summary>Where work goes that its caller must not wait for: the thread pool. The simulator puts its own scheduler in this place.</summary>
internal class Pool
{
    /// <summary>The thread pool.</summary>
    public static readonly Pool Threads = new();

    /// <summary>Runs it soon, on another stack than the caller's.</summary>
    public virtual void Queue(IThreadPoolWorkItem work) => ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);

    /// <summary>The same for a delegate.</summary>
    public virtual void Queue<T>(Action<T> work, T state) => ThreadPool.UnsafeQueueUserWorkItem(work, state, preferLocal: false);
}
