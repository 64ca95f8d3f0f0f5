using Crm.Engine;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.Silo.Postgres;

/// <summary>Runs the processes: woken by commits, and by itself every few seconds for what is due by time or was missed.</summary>
public sealed class OutboxWorker(
    Outbox outbox, PostgresViews views, NpgsqlDataSource source, Processes processes, IRecords records, TimeProvider time, ILogger<OutboxWorker> log) : BackgroundService
{
    private const int Most = 64;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(10);
    private bool _failed;

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var ear = await source.OpenConnectionAsync(stoppingToken);
                await using (var listen = new NpgsqlCommand($"LISTEN {Outbox.Channel}", ear))
                {
                    await listen.ExecuteNonQueryAsync(stoppingToken);
                }

                while (true)
                {
                    while (await Work(stoppingToken) == Most)
                    {
                    }

                    await ear.WaitAsync(await Rest(stoppingToken), stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                log.LogWarning("The outbox rests for a moment: {Fault}", fault.GetType().Name);
                await Task.Delay(TimeSpan.FromSeconds(1), time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    // What failed is due again by time, and nobody notifies of that.
    private async Task<TimeSpan> Rest(CancellationToken cancel)
    {
        if (!Volatile.Read(ref _failed))
        {
            return Poll;
        }

        Volatile.Write(ref _failed, false);
        if (await outbox.NextDue(cancel) is not { } next)
        {
            return Poll;
        }

        Volatile.Write(ref _failed, true);
        return next > Poll ? Poll : next < Least ? Least : next;
    }

    /// <summary>Claims once and runs what it got: what one reaction hears of one record in order, up to the first failure; all others side by side.</summary>
    /// <returns>Rows claimed.</returns>
    public async Task<int> Work(CancellationToken cancel)
    {
        var due = await outbox.Claim(Most, cancel);
        await Parallel.ForEachAsync(due.GroupBy(row => (row.At, row.Reaction)), new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = 8 }, async (rows, token) =>
        {
            var line = rows.ToList();
            var done = 0;
            while (done < line.Count && await Run(line[done++], token))
            {
            }

            await outbox.Release(line[done..], token);
        });
        return due.Count;
    }

    private async Task<bool> Run(Due due, CancellationToken cancel)
    {
        try
        {
            var heard = await outbox.Heard(due, cancel);
            if (processes.View(due.Reaction) is { } view)
            {
                await views.Fold(view, heard, due, cancel);
                return true;
            }

            await processes.Run(due.Reaction, heard, records, cancel);
            CrashPoint.Reach(CrashPoint.BeforeMark);
            await outbox.Complete(due, cancel);
            CrashPoint.Reach(CrashPoint.AfterMark);
            return true;
        }
        catch (Exception fault) when (!cancel.IsCancellationRequested)
        {
            // A refusal's text holds references and codes; that of any other fault might hold values.
            var error = fault is InvalidOperationException ? fault.Message : fault.GetType().Name;
            log.LogWarning("{Reaction} failed on version {Version} of {At}, attempt {Attempt}: {Error}", due.Reaction, due.Version, due.At, due.Attempts, error);
            await outbox.Retry(due, error, cancel);
            Volatile.Write(ref _failed, true);
            return false;
        }
    }
}
