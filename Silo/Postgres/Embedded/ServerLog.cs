namespace Crm.Silo.Postgres.Embedded;

/// <summary>The server's log file. The server only ever appends to it, so it is kept small from outside.</summary>
internal static class ServerLog
{
    private const long MaxBytes = 8 << 20;

    /// <summary>Moves a log over 8 MB to <c>*.1</c>, over the one before, and empties it: 16 MB at most, but for what comes within a minute.</summary>
    public static void Bound(string path)
    {
        if (Length(path) <= MaxBytes)
            return;
        // The server holds the file open: emptying keeps its handle good, renaming would not.
        File.Copy(path, path + ".1", overwrite: true);
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.SetLength(0);
    }

    /// <summary>In bytes; 0 when there is none.</summary>
    public static long Length(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    /// <summary>What was logged after a position.</summary>
    public static string Since(string path, long position)
    {
        if (!File.Exists(path))
            return "";
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = Math.Min(position, file.Length);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd();
    }
}
