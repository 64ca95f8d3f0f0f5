using Crm.Silo.Postgres;
using Crm.Silo.Postgres.Accounts;

namespace Crm.Silo.Hosting;

/// <summary>Fills an empty database before anybody is served: with the demo tenants, or with the first tenant that the variables name.</summary>
/// <remarks>Nodes that start together take turns.</remarks>
public sealed class Beginnings(SiloOptions options, Turns turns, DemoSeed demo, FirstTenant first) : IHostedService
{
    /// <inheritdoc />
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var turn = await turns.Take("beginnings", cancellationToken);
        if (options.SeedDemo)
        {
            await demo.Fill(cancellationToken);
        }
        else
        {
            await first.Make(Environment.GetEnvironmentVariable);
        }
    }

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
