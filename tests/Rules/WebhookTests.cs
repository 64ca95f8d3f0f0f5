using Crm.Webhooks;

namespace Crm.Rules.Tests;

public sealed class WebhookTests
{
    [Theory]
    [InlineData("https://billing.example/crm")]
    [InlineData("http://10.0.0.7:8080/hook")]
    public void An_address_is_http_or_https(string url) => new Webhook("Billing", url).Check().ShouldBeEmpty();

    [Theory]
    [InlineData("ftp://billing.example/")]
    [InlineData("https://ana:secret@billing.example/")]
    [InlineData("billing.example/crm")]
    [InlineData("")]
    [InlineData(null)]
    public void Any_other_address_is_refused(string? url) => new Webhook("Billing", url).Check().ShouldHaveSingleItem().Field.ShouldBe("url");

    [Fact]
    public void A_webhook_needs_a_name_and_at_most_fifty_kinds() =>
        new Webhook(" ", "https://billing.example/", [.. Enumerable.Range(0, 51).Select(i => $"kind{i}")]).Tidied(default).Check().Select(problem => problem.Field).ShouldBe(["name", "kinds"]);

    [Fact]
    public void Rotating_counts_the_secret_on() => new RotateSecret().Decide(new("Billing", "https://billing.example/"), default).Next!.Epoch.ShouldBe(2);
}
