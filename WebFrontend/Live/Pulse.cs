using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Crm.Web.Live;

/// <summary>What must happen again and again: heads, lists and feeds are compared, leases of rights and of presence and counts renewed, stuck sockets cut off.</summary>
internal sealed class Pulse(
    HeadsWatch heads, ListBoard board, FeedBoard feeds, RightsWatch rights, Desk desk, OpenConnections connections, UserConnections users, LiveOptions options, TimeProvider time, ILogger<Pulse> log)
    : BackgroundService
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc />
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Run(stoppingToken);

    /// <summary>Beats until stopped, on the caller's scheduler.</summary>
    public async Task Run(CancellationToken stopping)
    {
        using var listening = rights.Listen();
        desk.Listen();
        feeds.Listen();
        await Task.WhenAll(
            Every(Min(options.HeadsEvery / 4, Beat * 2), heads.Compare, stopping),
            Every(Beat, board.Check, stopping),
            Every(Beat, feeds.Check, stopping),
            Every(PresenceTimes.Renewal, desk.Beat, stopping),
            Every(Min(options.LeaseEvery, Beat * 2), rights.Tick, stopping),
            Every(IUserPlaces.Renewal, users.Renew, stopping),
            Every(Min(options.DrainWithin / 4, Beat * 4), CutOff, stopping));
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private async Task Every(TimeSpan period, Func<Task> beat, CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                try
                {
                    await beat();
                }
                catch (Exception fault) when (!stopping.IsCancellationRequested)
                {
                    log.LogWarning(fault, "{Beat} failed; it is tried again.", beat.Method.Name);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The process stops.
        }
    }

    private Task CutOff()
    {
        foreach (var connection in connections.Known.Where(connection => connection.Outbox.Stalled()))
        {
            log.LogInformation("Connection {Connection} has taken nothing for {Time}; it is cut off.", connection.Id, options.DrainWithin);
            connection.Abort();
        }

        return Task.CompletedTask;
    }
}
