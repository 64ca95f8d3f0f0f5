using Crm.Local;
using Crm.Silo;
using Crm.Silo.Postgres.Embedded;

try
{
    return await LocalCluster.Run(Environment.GetEnvironmentVariable);
}
catch (Exception refused) when (refused is OptionException or EmbeddedPostgresException or InvalidOperationException or IOException)
{
    await Console.Error.WriteLineAsync($"crm: {refused.Message}");
    return 1;
}
