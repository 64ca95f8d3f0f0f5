namespace Crm.Silo.Postgres.Embedded;

/// <summary>Whom the server runs as when this process is root: PostgreSQL refuses to run as root.</summary>
internal sealed record ServerUser(int Uid, int Gid)
{
    private static readonly string[] Preferred = ["crm", "postgres", "nobody"];

    /// <summary>The owner of the data folder when there is one, else the first unprivileged user that this machine has.</summary>
    /// <returns>Null when this process is no root: the server then runs as the same user.</returns>
    public static async Task<ServerUser?> Choose(string dataFolder, CancellationToken cancel)
    {
        if (!Environment.IsPrivilegedProcess)
            return null;
        if (!OperatingSystem.IsLinux())
            throw new EmbeddedPostgresException("The embedded PostgreSQL does not run as root here: start this as an ordinary user.");
        if (Commands.Locate("setpriv") is null)
            throw new EmbeddedPostgresException("Running as root needs setpriv: install util-linux, or start this as an ordinary user.");
        var version = Path.Combine(dataFolder, "PG_VERSION");
        if (File.Exists(version))
        {
            var owner = (await Commands.Demand(["stat", "-c", "%u:%g", version], cancel)).Trim().Split(':');
            return new(int.Parse(owner[0]), int.Parse(owner[1]));
        }
        var users = File.ReadLines("/etc/passwd").Select(line => line.Split(':')).Where(parts => parts.Length > 3).ToDictionary(parts => parts[0]);
        return Preferred.Where(users.ContainsKey).Select(name => users[name])
            .Select(parts => new ServerUser(int.Parse(parts[2]), int.Parse(parts[3]))).FirstOrDefault(user => user.Uid != 0)
            ?? throw new EmbeddedPostgresException("The embedded PostgreSQL needs a user other than root: add one named crm (useradd --system crm).");
    }

    /// <summary>How a command that is run as this user names a folder of ours: by a handle, for the folder may lie below others that this user cannot search, such as /root.</summary>
    public static string NameOf(ServerUser? user, string folder) => user is null ? folder : "/proc/self/fd/9";

    /// <summary>The command, run as this user, unable to become another, and with the handle of <see cref="NameOf"/>.</summary>
    public static IReadOnlyList<string> Wrap(ServerUser? user, string folder, IReadOnlyList<string> command) => user is null
        ? command
        :
        [
            "/bin/sh", "-c", """exec 9<"$1" && shift && exec "$@" """, "sh", folder,
            Commands.Locate("setpriv")!, $"--reuid={user.Uid}", $"--regid={user.Gid}", "--clear-groups", "--inh-caps=-all", "--no-new-privs", "--", .. command,
        ];
}
