namespace Crm.Silo.Postgres.Embedded;

/// <summary>How the embedded server is set: a small footprint, every commit on disk, and no value of a record in its log.</summary>
internal static class Settings
{
    /// <summary>What the server gets as <c>-c name=value</c>. Later entries win, so a caller's own come last.</summary>
    public static IEnumerable<string> Arguments(int major, IReadOnlyDictionary<string, string> own)
    {
        // What the process may use: a container's limit counts, not the machine's memory.
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        Dictionary<string, string> settings = new()
        {
            // The socket lies in the data folder, which is mode 0700; there is no network.
            ["listen_addresses"] = "",
            ["unix_socket_directories"] = ".",
            ["unix_socket_permissions"] = "0700",
            ["max_connections"] = "50",
            ["shared_buffers"] = memory < 2L << 30 ? "64MB" : "128MB",
            ["work_mem"] = "8MB",
            ["maintenance_work_mem"] = "64MB",
            ["fsync"] = "on",
            ["synchronous_commit"] = "on",
            ["wal_compression"] = "on",
            ["min_wal_size"] = "80MB",
            ["max_wal_size"] = "1GB",
            ["checkpoint_timeout"] = "15min",
            // Planning for the parallel and compiled query costs more than it gives at our sizes.
            ["jit"] = "off",
            ["random_page_cost"] = "1.1",
            ["log_parameter_max_length"] = "0",
            ["log_parameter_max_length_on_error"] = "0",
            // Terse leaves out DETAIL and CONTEXT, which quote the values of a row.
            ["log_error_verbosity"] = "terse",
            ["log_checkpoints"] = "off",
            ["log_line_prefix"] = "%m [%p] ",
            ["timezone"] = "UTC",
            ["log_timezone"] = "UTC",
        };
        // Its three I/O workers pay on large scans from slow disks only.
        if (major >= 18)
            settings["io_method"] = "sync";
        foreach (var (name, value) in own)
            settings[name] = value;
        return settings.SelectMany(setting => new[] { "-c", $"{setting.Key}={setting.Value}" });
    }

    /// <summary>Who may connect: the folder of the socket lets in its owner and root alone, and from version 16 on the kernel tells the server that it is us.</summary>
    public static (string Hba, string Ident) Access(int major) => major >= 16 && Environment.UserName is { Length: > 0 } me
        ? ("local all all peer map=crm\n", $"crm \"{me}\" all\n")
        : ("local all all trust\n", "");
}
