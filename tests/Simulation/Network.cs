namespace Crm.Simulation;

/// <summary>Carries messages between nodes: late, lost while two of them are apart, never in a promised order.</summary>
public sealed class Network(World world, Troubles troubles)
{
    /// <summary>How long a caller waits for an answer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly long Shortest = TimeSpan.FromMicroseconds(50).Ticks;
    private readonly int[,] _cuts = new int[32, 32];

    /// <summary>Whether a message would arrive.</summary>
    public bool Reaches(Node from, Node to) => _cuts[from.Index, to.Index] == 0;

    /// <summary>Loses what one sends to the other from now on.</summary>
    public void Cut(Node from, Node to) => _cuts[from.Index, to.Index]++;

    /// <summary>Takes a cut back.</summary>
    public void Mend(Node from, Node to) => _cuts[from.Index, to.Index]--;

    /// <summary>How long a message takes.</summary>
    public long Delay(ulong key)
    {
        var usual = world.Keyed.Between(Shortest, TimeSpan.FromMicroseconds(troubles.Weather.LatencyUs).Ticks, Site.Delay, key);
        return world.Keyed.Chance(troubles.Weather.Late / 1000.0, Site.Late, key) ? usual * 30 : usual;
    }

    /// <summary>Runs something on another node, if it arrives.</summary>
    /// <param name="refused">Runs when there is nobody to take it.</param>
    public void Send(Node from, Node to, ulong key, Action arrived, Action? refused = null)
    {
        if (!Reaches(from, to))
        {
            world.Saw("message lost in a partition");
            return;
        }

        world.At(world.Now + Delay(key), key, () =>
        {
            if (to.Up && Reaches(from, to))
            {
                to.Pool.Post(arrived);
            }
            else if (!to.Up)
            {
                refused?.Invoke();
            }
        });
    }

    /// <summary>Asks another node. The answer may be lost though the question was not.</summary>
    /// <param name="key">Of this very question: two of one key would share their fate.</param>
    /// <exception cref="UnavailableException">No answer in time, or nobody there.</exception>
    public Task<T> Call<T>(Node from, Node to, ulong key, Func<Task<T>> serve)
    {
        var done = new TaskCompletionSource<T>();
        world.At(world.Now + Patience.Ticks, key, () =>
        {
            if (!done.Task.IsCompleted)
            {
                world.Saw("call without an answer");
                done.TrySetException(new UnavailableException($"{to.Name} does not answer."));
            }
        });
        Send(from, to, key, () => _ = Serve(), () => Reply(() => done.TrySetException(new UnavailableException($"{to.Name} is down."))));
        return done.Task;

        async Task Serve()
        {
            try
            {
                var result = await serve();
                Reply(() => done.TrySetResult(result));
            }
            catch (Exception fault)
            {
                Reply(() => done.TrySetException(fault));
            }
        }

        void Reply(Action reply)
        {
            if (Reaches(to, from))
            {
                world.At(world.Now + Delay(~key), ~key, () =>
                {
                    if (from.Up)
                    {
                        reply();
                    }
                });
            }
        }
    }
}
