using Crm.Web.Operators;

namespace Crm.Silo.Hosting;

/// <summary>What operators see of a cluster beside its figures: traces over its calls, and its dashboard. Nothing where this build has no cluster engine.</summary>
public static partial class ClusterView
{
    /// <summary>Adds what is asked for: each costs a little with every call.</summary>
    /// <param name="traced">Whether traces are sent anywhere: then calls carry them from node to node.</param>
    /// <param name="operators">Without anybody named there is no dashboard. Name the same on all nodes: silos collect what front ends show.</param>
    public static void AddClusterView(this WebApplicationBuilder builder, Role role, bool traced, OperatorsOptions operators)
    {
        if (traced)
        {
            CarryTraces(builder, role);
        }

        if (operators.People.Count > 0)
        {
            AddDashboard(builder, role);
        }
    }

    /// <summary>Puts the dashboard on the operators' port of a front end, for named administrators.</summary>
    public static void MapClusterView(this WebApplication app, OperatorsOptions operators)
    {
        if (operators.People.Count > 0)
        {
            MapDashboard(app);
        }
    }

    static partial void CarryTraces(WebApplicationBuilder builder, Role role);

    static partial void AddDashboard(WebApplicationBuilder builder, Role role);

    static partial void MapDashboard(WebApplication app);
}
