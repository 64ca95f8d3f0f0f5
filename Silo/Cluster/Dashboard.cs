using Crm.Web.Operators;
using Orleans.Dashboard;

namespace Crm.Silo.Hosting;

/// <content>The cluster engine is in this build.</content>
public static partial class ClusterView
{
    static partial void CarryTraces(WebApplicationBuilder builder, Role role)
    {
        if (role.HostsRecords())
        {
            builder.UseOrleans(static silo => silo.AddActivityPropagation());
        }
        else
        {
            builder.UseOrleansClient(static client => client.AddActivityPropagation());
        }
    }

    static partial void AddDashboard(WebApplicationBuilder builder, Role role)
    {
        if (role.HostsRecords())
        {
            builder.UseOrleans(static silo => silo.AddDashboard(Set));
        }
        else
        {
            builder.UseOrleansClient(static client => client.AddDashboard(Set));
        }
    }

    static partial void MapDashboard(WebApplication app) => app.MapOrleansDashboard(OperatorsSetup.DashboardPath).OnlyForOperators().RequireOperator();

    private static void Set(DashboardOptions options)
    {
        options.HideTrace = true; // It would show the log, which is for those who run the machine.
        options.CounterUpdateIntervalMs = 2_000;
    }
}
