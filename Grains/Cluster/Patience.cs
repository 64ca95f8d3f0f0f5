using System.Text.Json;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Crm.Cluster;

/// <summary>How long a caller tries again while a silo is lost, before it says that something is unavailable.</summary>
/// <param name="Whole">From the first try on. Longer than it takes until a dead silo is known to be dead.</param>
/// <param name="Attempts">How often a command is tried that the record itself could not finish.</param>
public sealed record Patience(TimeSpan Whole, int Attempts = 3)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(250);

    /// <summary>Calls until it works; each wait is twice the one before.</summary>
    /// <exception cref="UnavailableException">It did not work in time, or never can between these two versions.</exception>
    public async Task<T> Try<T>(TimeProvider time, string what, Func<Task<T>> call, CancellationToken cancel = default)
    {
        var began = time.GetTimestamp();
        for (var wait = First; ; wait = wait * 2 < Longest ? wait * 2 : Longest)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                return await call();
            }
            catch (Exception fault) when (IsOfAnotherVersion(fault))
            {
                throw new UnavailableException($"{what} lives on a silo of another version, which does not understand this.", fault);
            }
            catch (Exception fault) when (Passes(fault) && !cancel.IsCancellationRequested)
            {
                if (time.GetElapsedTime(began) + wait >= Whole)
                {
                    throw new UnavailableException($"{what} cannot be reached now.", fault);
                }
            }

            await Task.Delay(wait, time, cancel);
        }
    }

    // What one side says has no meaning for the other: a contract, a type or a value that it does not know.
    internal static bool IsOfAnotherVersion(Exception fault) => fault is TypeLoadException or SerializerException or JsonException;

    // Silos that are lost, that stop or that begin; messages that were lost with them; a journal that does not answer; a copy that was fenced off.
    private static bool Passes(Exception fault) =>
        fault is OrleansException or TimeoutException or UnavailableException or Crm.Engine.StaleException or OperationCanceledException;
}
