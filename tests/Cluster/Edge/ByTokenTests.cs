using Crm.Local;
using Microsoft.AspNetCore.Http;

namespace Crm.Cluster.Tests;

public sealed class ByTokenTests
{
    private static readonly string[] Nodes = ["web-1", "web-2", "web-3"];

    [Fact]
    public void The_token_is_the_same_in_header_and_query()
    {
        ByToken.Token(Request(header: "Bearer abc.def")).ShouldBe("abc.def");
        ByToken.Token(Request(query: "?access_token=abc.def")).ShouldBe("abc.def");
    }

    [Fact]
    public void Without_a_token_the_address_counts() => ByToken.Token(Request()).ShouldBe("192.0.2.7");

    [Fact]
    public void Clients_are_shared_out_and_the_loss_of_a_node_moves_only_its_own()
    {
        var before = Enumerable.Range(0, 3_000).ToDictionary(client => client, client => Choose(client, Nodes));
        before.Values.CountBy(node => node).ShouldAllBe(share => share.Value > 850 && share.Value < 1_150);
        before.Where(client => client.Value != "web-2").ShouldAllBe(client => Choose(client.Key, new[] { "web-1", "web-3" }) == client.Value);
    }

    private static string Choose(int client, IEnumerable<string> nodes) => nodes.MaxBy(node => ByToken.Score($"token {client}", node))!;

    private static DefaultHttpContext Request(string? header = null, string query = "")
    {
        var http = new DefaultHttpContext();
        http.Connection.RemoteIpAddress = System.Net.IPAddress.Parse("192.0.2.7");
        http.Request.QueryString = new(query);
        http.Request.Headers.Authorization = header;
        return http;
    }
}
