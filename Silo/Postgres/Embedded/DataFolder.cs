using System.Diagnostics;
using System.Text;

namespace Crm.Silo.Postgres.Embedded;

/// <summary>The folder of one embedded server: <c>postgres</c> (its data and its socket), <c>postgres.log</c> and <c>postgres.lock</c>. Held by one process at a time.</summary>
internal sealed class DataFolder : IDisposable
{
    // sun_path holds 104 bytes on macOS and 108 on Linux, with its end.
    private const int MaxSocketPath = 103;
    private const string Socket = ".s.PGSQL.5432";

    private readonly FileStream _lock;
    private string? _shortcut;

    private DataFolder(string folder, FileStream held)
    {
        _lock = held;
        Data = Path.Combine(folder, "postgres");
        Log = Path.Combine(folder, "postgres.log");
    }

    /// <summary>The server's data folder, mode 0700.</summary>
    public string Data { get; }

    /// <summary>What the server logs.</summary>
    public string Log { get; }

    /// <summary>The major version that made the data; null before the first use.</summary>
    public int? Major => File.Exists(Path.Combine(Data, "PG_VERSION")) ? int.Parse(File.ReadAllText(Path.Combine(Data, "PG_VERSION"))) : null;

    /// <summary>Takes the folder for this process, until it ends.</summary>
    /// <exception cref="EmbeddedPostgresException">Another process has it, or it cannot be written.</exception>
    public static async Task<DataFolder> Take(string folder, CancellationToken cancel)
    {
        folder = Path.GetFullPath(folder);
        var path = Path.Combine(folder, "postgres.lock");
        try
        {
            if (!Directory.Exists(folder))
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var held = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            held.SetLength(0);
            await held.WriteAsync(Encoding.ASCII.GetBytes(Environment.ProcessId.ToString()), cancel);
            await held.FlushAsync(cancel);
            return new(folder, held);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new EmbeddedPostgresException($"The data folder {folder} (CRM_DATA) cannot be written by the user {Environment.UserName}: {e.Message}", e);
        }
        catch (IOException e)
        {
            // Opening the file here would ask for the lock again, which cat does not.
            var (code, holder) = await Commands.Run(["cat", path], cancel);
            throw new EmbeddedPostgresException($"The data folder {folder} (CRM_DATA) is in use by another process{(code == 0 ? $" ({holder})" : "")}: stop that one, or set CRM_DATA to another folder.", e);
        }
    }

    /// <summary>Makes the database cluster on first use. One that was interrupted leaves nothing behind.</summary>
    public async Task Prepare(PostgresBinaries binaries, ServerUser? user, bool durable, CancellationToken cancel)
    {
        if (Major is null)
        {
            var fresh = Data + ".new";
            if (Directory.Exists(fresh))
                Directory.Delete(fresh, recursive: true);
            Directory.CreateDirectory(fresh, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            if (user is not null)
                await Commands.Demand(["chown", $"{user.Uid}:{user.Gid}", fresh], cancel);
            await Initialise(binaries, user, fresh, durable, cancel);
            Directory.Move(fresh, Data);
        }
        var (hba, ident) = Settings.Access(binaries.Major);
        await File.WriteAllTextAsync(Path.Combine(Data, "pg_hba.conf"), hba, cancel);
        await File.WriteAllTextAsync(Path.Combine(Data, "pg_ident.conf"), ident, cancel);
    }

    /// <summary>The folder to connect to: the data folder, or a link to it where its path is longer than a socket's may be.</summary>
    public string SocketFolder()
    {
        if (_shortcut is null && Data.Length + 1 + Socket.Length <= MaxSocketPath && !Data.Contains(','))
            return Data;
        if (_shortcut is null)
        {
            _shortcut = Directory.CreateTempSubdirectory("crm-").FullName;
            Directory.CreateSymbolicLink(Path.Combine(_shortcut, "pg"), Data);
        }
        return Path.Combine(_shortcut, "pg");
    }

    /// <summary>The process id of a server that runs on this data; null when none does.</summary>
    public int? RunningServer()
    {
        var file = Path.Combine(Data, "postmaster.pid");
        try
        {
            return int.TryParse(File.ReadLines(file).FirstOrDefault(), out var pid) && IsServer(pid) ? pid : null;
        }
        catch (IOException)
        {
            return null; // No such file: the server is gone, or went while we looked.
        }
    }

    /// <summary>Stops a server that outlived the process that started it.</summary>
    public async Task StopOrphan(ILogger log, CancellationToken cancel)
    {
        if (RunningServer() is not { } pid)
            return;
        log.LogWarning("A PostgreSQL of an earlier run (process {Pid}) still serves {Folder}; stopping it.", pid, Data);
        var asked = Stopwatch.StartNew();
        await Commands.Demand(["/bin/sh", "-c", $"kill -INT {pid}"], cancel);
        var quit = false;
        while (RunningServer() == pid)
        {
            if (!quit && asked.Elapsed > TimeSpan.FromSeconds(30))
            {
                quit = true;
                await Commands.Run(["/bin/sh", "-c", $"kill -QUIT {pid}"], cancel);
            }
            await Task.Delay(20, cancel);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (_shortcut is not null)
            Directory.Delete(_shortcut, recursive: true);
        _lock.Dispose();
    }

    private static async Task Initialise(PostgresBinaries binaries, ServerUser? user, string fresh, bool durable, CancellationToken cancel)
    {
        // Unicode letters for searching, the order of code points for sorting: both fast and the same on every machine.
        var letters = OperatingSystem.IsMacOS() ? "en_US.UTF-8" : "C.UTF-8";
        string[] locale = binaries.Major >= 17 ? ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] : [];
        await Commands.Demand(
            ServerUser.Wrap(user, fresh,
            [
                Path.Combine(binaries.Folder, "initdb"), "-D", ServerUser.NameOf(user, fresh), "-U", "crm", "-A", "peer", "--encoding=UTF8",
                "--lc-collate=C", $"--lc-ctype={letters}", "--lc-messages=C", "--lc-monetary=C", "--lc-numeric=C", "--lc-time=C", "--data-checksums",
                .. locale, .. durable ? Array.Empty<string>() : ["--no-sync"],
            ]),
            cancel);
    }

    // A process id may have been given to another program since: ours has the data folder as its working directory.
    private bool IsServer(int pid)
    {
        if (OperatingSystem.IsLinux())
            return new DirectoryInfo($"/proc/{pid}/cwd") is { Exists: true } cwd && cwd.LinkTarget == Data;
        try
        {
            using var process = Process.GetProcessById(pid);
            return process.ProcessName == "postgres";
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
