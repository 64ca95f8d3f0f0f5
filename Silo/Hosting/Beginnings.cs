using Crm.Silo.Postgres;
using Crm.Silo.Postgres.Accounts;

namespace Crm.Silo.Hosting;

/// <summary>Fills an empty database before anybody is served: with the demo tenants, or with the first tenant that the variables name; and gives older tenants what has come since.</summary>
/// <remarks>Nodes that start together take turns.</remarks>
public sealed class Beginnings(SiloOptions options, Turns turns, DemoSeed demo, FirstTenant first, StandardGrants grants) : IHostedService
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

        await grants.Make(cancellationToken);
    }

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
