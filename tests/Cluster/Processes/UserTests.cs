using Crm.Load;

namespace Crm.Cluster.Tests;

/// <summary>What holds for a user however many front ends he is connected to.</summary>
[Collection(nameof(ClusterFixture))]
public sealed class UserTests(ClusterFixture cluster)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Connections_count_over_all_front_ends_and_those_of_a_killed_one_stop_counting()
    {
        var two = ("Live__ConnectionsPerUser", "2");
        var (victim, survivor) = (await cluster.Start("web", two), await cluster.Start("web", two));
        var (client, token) = await survivor.SignIn("bo@acme.test");
        client.Dispose();
        await using var first = await Enter(victim, token);
        await using var second = await Enter(survivor, token);
        first.ShouldNotBeNull();
        second.ShouldNotBeNull();
        (await Enter(survivor, token)).ShouldBeNull("the user has two connections already");

        await victim.Kill();

        using var limit = new CancellationTokenSource(Limit);
        var again = await Enter(survivor, token);
        for (; again is null; again = await Enter(survivor, token))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500), limit.Token);
        }

        await again.DisposeAsync();
    }

    // Null: refused. Where the end of the socket came with the server's last word, the end itself has to do.
    private static async Task<Screen?> Enter(Node web, string token)
    {
        Screen screen;
        try
        {
            screen = await Screen.Open(web, token);
        }
        catch (IOException)
        {
            return null;
        }

        var works = screen.Call("Unwatch", "contacts/none");
        if (await Task.WhenAny(works, screen.Ended) == works)
        {
            await works;
            return screen;
        }

        var why = await screen.Ended;
        await screen.DisposeAsync();
        (why.Length == 0 || why.Contains("connections.limit: You have 2 connections open (sessions: 1)", StringComparison.Ordinal)).ShouldBeTrue(why);
        return null;
    }
}
