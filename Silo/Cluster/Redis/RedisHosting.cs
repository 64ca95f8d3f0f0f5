using StackExchange.Redis;

namespace Crm.Silo.Cluster;

/// <content>Nodes find each other in a Redis.</content>
public static partial class SiloHosting
{
    static partial void UseRedis(ISiloBuilder silo, string redis, ref bool added)
    {
        silo.UseRedisClustering(clustering => clustering.ConfigurationOptions = Parse(redis));
        added = true;
    }

    static partial void UseRedis(IClientBuilder client, string redis, ref bool added)
    {
        client.UseRedisClustering(clustering => clustering.ConfigurationOptions = Parse(redis));
        added = true;
    }

    static partial void WaitForRedis(IServiceCollection services, string redis)
    {
        var options = Parse(redis); // What cannot be meant is told before anything starts.
        services.AddHostedService(of => ActivatorUtilities.CreateInstance<AwaitRedis>(of, options));
    }

    // A Redis that goes away is tried again, not a reason to end.
    private static ConfigurationOptions Parse(string redis)
    {
        try
        {
            var options = ConfigurationOptions.Parse(redis);
            options.AbortOnConnectFail = false;
            return options;
        }
        catch (ArgumentException fault)
        {
            throw new OptionException("CRM_REDIS", redis.Split(',')[0], fault.Message);
        }
    }
}
