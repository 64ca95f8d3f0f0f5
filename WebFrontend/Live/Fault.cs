using Microsoft.AspNetCore.SignalR;

namespace Crm.Web.Live;

/// <summary>What goes wrong with a call beside refusals by rules: <c>code: text</c>, the code being stable.</summary>
internal static class Fault
{
    public static HubException Missing => Of("record.missing", "There is no such record.");

    public static HubException SessionEnded => Of("session.ended", "This session has ended. Sign in again.");

    public static HubException Of(string code, string text) => new($"{code}: {text}");

    public static HubException Of(Problem problem) => new($"{problem.Code}: {problem.Text}");

    public static HubException Argument(string name, string text) => Of($"argument.{name}", text);

    public static HubException Throttled(TimeSpan wait) => Of("throttled", $"Too many calls. Try again in {Milliseconds(wait)} ms.");

    public static HubException Unavailable(TimeSpan wait) => Of("unavailable", $"Not possible right now. Try again in {Milliseconds(wait)} ms with the same command id.");

    private static long Milliseconds(TimeSpan time) => (long)Math.Ceiling(time.TotalMilliseconds);
}
