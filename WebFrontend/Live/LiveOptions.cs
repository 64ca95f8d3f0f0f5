using Microsoft.Extensions.Options;

namespace Crm.Web.Live;

/// <summary>Limits and times of the live part. The defaults suit a node with up to some ten thousand connections.</summary>
/// <remarks>Set in the configuration, so also by variables such as <c>Live__ConnectionsPerUser=20000</c>. Everything must be above zero.</remarks>
public sealed class LiveOptions
{
    /// <summary>Their section in the configuration.</summary>
    public const string Section = "Live";

    /// <summary>Longest message of a client, in bytes. A longer one ends its connection.</summary>
    public int MessageBytes { get; set; } = 64 * 1024;

    /// <summary>Records that one connection may watch at once.</summary>
    public int WatchesPerConnection { get; set; } = 500;

    /// <summary>Lists that one connection may watch at once.</summary>
    public int ListsPerConnection { get; set; } = 50;

    /// <summary>Open connections of one user, on all front ends together.</summary>
    public int ConnectionsPerUser { get; set; } = 2_000;

    /// <summary>Calls a second that one connection may keep up.</summary>
    public double CallsPerSecond { get; set; } = 100;

    /// <summary>Calls that one connection may make at once after a rest; enough to watch everything again after a reconnect.</summary>
    public int CallBurst { get; set; } = 1_000;

    /// <summary>Calls of one connection that may be under way at once. Further ones wait unread.</summary>
    public int ParallelCalls { get; set; } = 32;

    /// <summary>Calls about presence a second that one connection may keep up. They count apart, so that no flood of typing holds up an edit.</summary>
    public double PresencePerSecond { get; set; } = 20;

    /// <summary>Such calls that one connection may make at once after a rest.</summary>
    public int PresenceBurst { get; set; } = 200;

    /// <summary>Longest unsaved value that is shown to others, in bytes.</summary>
    public int DraftBytes { get; set; } = 16 * 1024;

    /// <summary>An unsaved value that nobody writes on is shown to others for this long.</summary>
    public TimeSpan DraftsFor { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>People that are named at one record; further ones are counted.</summary>
    public int PeopleShown { get; set; } = 50;

    /// <summary>Who has done nothing for this long is away, unless his tenant has set another time.</summary>
    public TimeSpan AwayAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Bytes that may wait for one connection before its changes are dropped and it is told to resync.</summary>
    public int QueueBytes { get; set; } = 1024 * 1024;

    /// <summary>Bytes that SignalR may hold for one connection beside the queue, each way.</summary>
    public int TransportBytes { get; set; } = 64 * 1024;

    /// <summary>Bytes that are handed to a socket at once, unless one message alone is longer.</summary>
    public int ChunkBytes { get; set; } = 32 * 1024;

    /// <summary>A socket that takes nothing for this long is cut off.</summary>
    public TimeSpan DrainWithin { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Under pressure, changes wait up to this long to travel together. At low load they never wait.</summary>
    public TimeSpan LongestWindow { get; set; } = TimeSpan.FromMilliseconds(40);

    /// <summary>How late fan-out may be, on average, before changes begin to wait for each other.</summary>
    public TimeSpan PressureAt { get; set; } = TimeSpan.FromMilliseconds(1);

    /// <summary>Nudges of one tenant that may wait for fan-out; what is beyond is read from the journal instead.</summary>
    public int WaitingNudges { get; set; } = 100_000;

    /// <summary>Who missed more changes than this gets the whole record.</summary>
    public int ResumeChanges { get; set; } = 1_000;

    /// <summary>How often the version of each watched record is compared with the journal, so that a lost nudge heals.</summary>
    public TimeSpan HeadsEvery { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>How often each watched list is read again, so that a lost nudge heals; longer when there are many lists.</summary>
    public TimeSpan ListsEvery { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The most queries a second that reading lists again may cost this node.</summary>
    public double ListChecksPerSecond { get; set; } = 20;

    /// <summary>How often the rights of each open connection are looked up, for when the message that they changed was lost.</summary>
    public TimeSpan LeaseEvery { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How long rights that cannot be looked up are still trusted. After that the connection's calls and pushes stop.</summary>
    public TimeSpan TrustFor { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a tenant's nudges are still heard after its last connection has gone.</summary>
    public TimeSpan LingerFor { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The server says something at least this often, so that a client can tell a dead one.</summary>
    public TimeSpan KeepAlive { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A client that says nothing for this long is gone. Standard clients ping every 15 seconds: set it lower only where all of yours ping more often.
    /// </summary>
    public TimeSpan ClientTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often WebSockets are pinged below SignalR, where every client answers by itself.</summary>
    public TimeSpan SocketPing { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// A WebSocket that does not answer such a ping within this time is cut off: one that stands still for 4 seconds is not. Both times are looked at in steps of a quarter
    /// of the shorter one, so a half-open one dies within 7.5 seconds, and others see its user gone within 8.
    /// </summary>
    public TimeSpan SocketPong { get; set; } = TimeSpan.FromSeconds(4.5);
}

/// <summary>Refuses to start with a limit or a time that is not above zero, and names it.</summary>
internal sealed class LiveOptionsCheck : IValidateOptions<LiveOptions>
{
    /// <inheritdoc />
    public ValidateOptionsResult Validate(string? name, LiveOptions options)
    {
        var wrong = typeof(LiveOptions).GetProperties()
            .Select(property => (property.Name, Value: property.GetValue(options)))
            .Where(option => option.Value is <= 0 or <= 0.0 || option.Value is TimeSpan time && time <= TimeSpan.Zero)
            .Select(option => $"{LiveOptions.Section}:{option.Name} is '{option.Value}': it must be above zero.").ToList();
        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }
}
