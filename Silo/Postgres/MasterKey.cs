using System.Security.Cryptography;
using System.Text;

namespace Crm.Silo.Postgres;

/// <summary>The key that every other key hangs from. Whoever loses it loses all personal data in the journal.</summary>
public sealed class MasterKey
{
    private const int Bytes = 32;
    private readonly byte[] _key;

    private MasterKey(byte[] key) => _key = key;

    internal ReadOnlySpan<byte> Key => _key;

    /// <summary>Reads a key of 32 bytes in base64.</summary>
    /// <param name="source">Where the text came from, for the error.</param>
    /// <exception cref="InvalidOperationException">It is something else.</exception>
    public static MasterKey Parse(string text, string source)
    {
        var key = new byte[Bytes];
        return Convert.TryFromBase64String(text.Trim(), key, out var length) && length == Bytes
            ? new(key)
            : throw new InvalidOperationException($"{source} does not hold 32 bytes in base64. Make a key with: openssl rand -base64 32");
    }

    /// <summary>From <c>CRM_MASTER_KEY</c>, or from the file that <c>CRM_MASTER_KEY_FILE</c> names; null when neither is set.</summary>
    public static MasterKey? FromEnvironment(Func<string, string?> variable) =>
        variable("CRM_MASTER_KEY") is { Length: > 0 } text ? Parse(text, "CRM_MASTER_KEY")
        : variable("CRM_MASTER_KEY_FILE") is { Length: > 0 } path ? FromFile(path)
        : null;

    /// <summary>What the embedded default uses: <c>master.key</c> in the data folder, made when it is not there.</summary>
    /// <param name="said">Gets one line when the key was made.</param>
    public static MasterKey InFolder(string folder, Action<string> said)
    {
        var path = Path.Combine(folder, "master.key");
        if (File.Exists(path))
        {
            return FromFile(path);
        }

        Directory.CreateDirectory(folder);
        var key = RandomNumberGenerator.GetBytes(Bytes);
        try
        {
            Write(path, Convert.ToBase64String(key));
        }
        catch (IOException) when (File.Exists(path))
        {
            return FromFile(path); // Another process was quicker.
        }

        said($"Made the master key {path}. Back it up apart from the database: without it personal data cannot be read again.");
        return new(key);
    }

    /// <summary>A secret of this purpose that every node with the same master key comes to.</summary>
    public string Derive(string purpose) => Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(purpose)));

    private static MasterKey FromFile(string path) => File.Exists(path)
        ? Parse(File.ReadAllText(path), path)
        : throw new InvalidOperationException($"CRM_MASTER_KEY_FILE={path}: there is no such file.");

    // Complete under another name first: nobody may find half a key.
    private static void Write(string path, string text)
    {
        var draft = $"{path}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var stream = new FileStream(draft, options))
        {
            stream.Write(Encoding.ASCII.GetBytes(text));
            stream.Flush(flushToDisk: true);
        }

        try
        {
            File.Move(draft, path, overwrite: false);
        }
        catch
        {
            File.Delete(draft);
            throw;
        }
    }
}
