namespace Crm.Silo.Hosting;

/// <summary>What a process does.</summary>
public enum Role
{
    /// <summary>Everything: records, workers, the front end.</summary>
    Up,

    /// <summary>Hosts records and runs workers. Serves health to operators, nothing to users.</summary>
    Silo,

    /// <summary>Serves users. Hosts no record.</summary>
    Web,
}

/// <summary>Reads roles from the command line.</summary>
public static class Roles
{
    /// <summary>The first argument; <see cref="Role.Up"/> without one.</summary>
    /// <exception cref="InvalidOperationException">It is none.</exception>
    public static Role Read(IReadOnlyList<string> args) => args switch
    {
        [] or ["up", ..] => Role.Up,
        ["silo", ..] => Role.Silo,
        ["web", ..] => Role.Web,
        var other => throw new InvalidOperationException($"There is no role '{other[0]}': it is up, silo or web."),
    };

    /// <summary>Whether records live in such a process.</summary>
    public static bool HostsRecords(this Role role) => role != Role.Web;

    /// <summary>Whether users are served by such a process.</summary>
    public static bool ServesUsers(this Role role) => role != Role.Silo;
}
