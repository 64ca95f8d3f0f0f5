using Crm.Engine;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.Silo.Postgres;

/// <summary>Rings the alarms that are due: woken when one is set, and by itself when the next one falls due.</summary>
public sealed class TimerWorker(Timers timers, Bells bells, NpgsqlDataSource source, IRecords records, TimeProvider time, ILogger<TimerWorker> log) : BackgroundService
{
    private const int Most = 64;

    // The clock may be set, and another node may set an alarm whose word is lost.
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(20);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var ear = await source.OpenConnectionAsync(stoppingToken);
                await using (var listen = new NpgsqlCommand($"LISTEN {Timers.Channel}", ear))
                {
                    await listen.ExecuteNonQueryAsync(stoppingToken);
                }

                while (true)
                {
                    while (await Work(stoppingToken) == Most)
                    {
                    }

                    var rest = await timers.Rest(Poll, stoppingToken);
                    await ear.WaitAsync(rest < Least ? Least : rest, stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                log.LogWarning("The timers rest for a moment: {Fault}", fault.GetType().Name);
                await Task.Delay(TimeSpan.FromSeconds(1), time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Claims once and rings what it got, side by side.</summary>
    /// <returns>Alarms claimed.</returns>
    public async Task<int> Work(CancellationToken cancel)
    {
        var due = await timers.Claim(Most, cancel);
        await Parallel.ForEachAsync(due, new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = 8 }, async (rung, token) => await Ring(rung, token));
        return due.Count;
    }

    private async Task Ring(Ringing rung, CancellationToken cancel)
    {
        try
        {
            await timers.Complete(rung, await bells.Find(rung.Alarm.Bell).Ring(rung.Alarm, records, cancel), cancel);
        }
        catch (Exception fault) when (!cancel.IsCancellationRequested)
        {
            // A refusal's text holds references and codes; that of any other fault might hold values.
            var error = fault is InvalidOperationException or UnavailableException ? fault.Message : fault.GetType().Name;
            log.LogWarning("{Bell} failed for {Key}, attempt {Attempt}: {Error}", rung.Alarm.Bell, rung.Alarm.Key, rung.Attempts, error);
            await timers.Retry(rung, error, cancel);
        }
    }
}
