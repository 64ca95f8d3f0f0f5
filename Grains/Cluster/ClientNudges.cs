using Microsoft.Extensions.Logging;
using Orleans;

namespace Crm.Cluster;

/// <summary>What a process without a silo says, it says by way of one: broadcasts, since its records are elsewhere.</summary>
public sealed class ClientNudges(IGrainFactory grains, ILogger<ClientNudges> log) : INudges
{
    /// <inheritdoc />
    public void Nudge(Nudge nudge) => _ = Say(nudge);

    private async Task Say(Nudge nudge)
    {
        try
        {
            await grains.GetGrain<IFeedGrain>(IFeedGrain.Any).Say(Wire.Encode(nudge));
        }
        catch (Exception fault)
        {
            log.LogDebug("A nudge reached no silo: {Fault}", fault.GetType().Name);
        }
    }
}
