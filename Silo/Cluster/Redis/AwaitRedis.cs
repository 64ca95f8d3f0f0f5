using StackExchange.Redis;

namespace Crm.Silo.Cluster;

/// <summary>A node waits for its Redis before it looks for others there, and says so. Without one it ends.</summary>
public sealed class AwaitRedis(ConfigurationOptions redis, TimeProvider time, ILogger<AwaitRedis> log) : IHostedService
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    /// <inheritdoc />
    /// <exception cref="InvalidOperationException">It did not answer in time; the message says what to do.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var once = redis.Clone();
        (once.AbortOnConnectFail, once.ConnectRetry, once.ConnectTimeout) = (true, 1, 2_000);
        var began = time.GetTimestamp();
        for (var wait = TimeSpan.FromMilliseconds(200); ; wait = wait * 2 < Longest ? wait * 2 : Longest)
        {
            try
            {
                await using var connection = await ConnectionMultiplexer.ConnectAsync(once);
                await connection.GetDatabase().PingAsync();
                return;
            }
            catch (RedisException fault)
            {
                var why = fault is RedisConnectionException refused ? $"{refused.FailureType}" : fault.GetType().Name;
                var what = $"CRM_REDIS={string.Join(',', redis.EndPoints)} does not answer ({why}). Check that it runs and that address and password are right.";
                if (time.GetElapsedTime(began) + wait >= Patience)
                {
                    throw new InvalidOperationException(what, fault);
                }

                log.LogWarning("{What} It is tried again in {Wait} s.", what, wait.TotalSeconds);
            }

            await Task.Delay(wait, time, cancellationToken);
        }
    }

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
