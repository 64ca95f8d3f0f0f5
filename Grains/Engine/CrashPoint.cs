using System.Diagnostics;

namespace Crm.Engine;

/// <summary>Places at which a build for fault tests can be told to end its own process. Of any other build the compiler leaves their calls out.</summary>
public static partial class CrashPoint
{
    /// <summary>A group of entries is about to be written.</summary>
    public const string BeforeCommit = "pre_commit";

    /// <summary>It is written, and nobody has been told.</summary>
    public const string AfterCommit = "post_commit";

    /// <summary>A record is about to tell the feed of its change.</summary>
    public const string BeforePublish = "pre_publish";

    /// <summary>The feed has been told, the caller not yet.</summary>
    public const string AfterPublish = "post_publish";

    /// <summary>A reaction was made, and is about to be marked as such.</summary>
    public const string BeforeMark = "pre_mark";

    /// <summary>It is marked.</summary>
    public const string AfterMark = "post_mark";

    /// <summary>The process comes past one of them.</summary>
    [Conditional("CRASH_POINTS")]
    public static void Reach(string name) => Crash(name);

    static partial void Crash(string name);
}
