using System.Diagnostics;
using System.Net;

namespace Crm.Faults;

/// <summary>A disk that is full: writing waits, reading goes on, and what is freed is used.</summary>
public sealed class DiskTests
{
    [SmallDiskFact]
    public async Task A_full_disk_puts_writes_off_until_there_is_room_and_loses_none()
    {
        var folder = Directory.CreateTempSubdirectory("crm-disk-").FullName;
        await Run("mount", "-t", "tmpfs", "-o", "size=160m,mode=0755", "tmpfs", folder);
        try
        {
            await using var site = await Site.Open(Path.Combine(folder, "data"));
            await site.Start();
            var (client, _) = await site.SignIn();
            using var signedIn = client;
            var editors = new Editors(client);
            await editors.Make(4);
            var recovered = await editors.During(async () =>
            {
                await Fill(Path.Combine(folder, "ballast"));
                var refused = editors.Refusals.Count;
                await Site.Until(() => editors.Refusals.Count > refused + 20, "refusals", 60);
                using var read = await client.GetAsync(new Uri($"/api/v1/contacts/{editors.Ids.First()}", UriKind.Relative));
                read.StatusCode.ShouldBe(HttpStatusCode.OK);
                using var list = await client.GetAsync(new Uri("/api/v1/contacts?limit=10", UriKind.Relative));
                list.StatusCode.ShouldBe(HttpStatusCode.OK);
                File.Delete(Path.Combine(folder, "ballast"));
            });
            recovered.ShouldBeLessThan(TimeSpan.FromSeconds(10));
            await editors.ShouldBeKept();
            Measured.Note("disk full", new { recovered = recovered.TotalMilliseconds, refused = editors.Refusals.Count, slowestRefusal = editors.Refusals.Max() });
        }
        finally
        {
            await Run("umount", "-l", folder);
            Directory.Delete(folder);
        }
    }

    private static async Task Fill(string file)
    {
        await using var ballast = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, 0);
        var block = new byte[64 * 1_024];
        for (var size = block.Length; size > 0;)
        {
            try
            {
                await ballast.WriteAsync(block.AsMemory(0, size));
            }
            catch (IOException)
            {
                size /= 2; // The last bytes one by one.
            }
        }
    }

    internal static async Task<int> Run(string command, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}

/// <summary>A test that needs a small disk of its own, and so somebody who may mount one.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SmallDiskFactAttribute : FactAttribute
{
    /// <summary>Skips it where nobody may, and in short runs.</summary>
    public SmallDiskFactAttribute() => Skip = LongFactAttribute.Wanted ? Reason.Value : new LongFactAttribute().Skip;

    private static readonly Lazy<string?> Reason = new(static () =>
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
        {
            return "needs to mount a small file system, which takes root on Linux";
        }

        var folder = Directory.CreateTempSubdirectory("crm-disk-").FullName;
        var mounted = DiskTests.Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder).GetAwaiter().GetResult() == 0;
        if (mounted)
        {
            DiskTests.Run("umount", folder).GetAwaiter().GetResult();
        }

        Directory.Delete(folder);
        return mounted ? null : "needs to mount a small file system, which this machine does not allow";
    });
}
