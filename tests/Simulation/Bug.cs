namespace Crm.Simulation;

/// <summary>Mistakes that the simulator must find. They are planted in the ports that it owns, so no build of the product holds one.</summary>
public enum Bug
{
    /// <summary>None: the product as it is.</summary>
    None,

    /// <summary>The journal takes a version that is there already.</summary>
    NoFence,

    /// <summary>The journal keeps an answer without a change, however old the state that it was decided on.</summary>
    UnfencedAnswer,

    /// <summary>The journal says that it has stored what is still on its way.</summary>
    AckBeforeCommit,

    /// <summary>The journal does not know commands again.</summary>
    NoDedupe,

    /// <summary>A front end that misses a change is told that it has missed nothing.</summary>
    IgnoredGap,

    /// <summary>A client that comes back is told that it has missed nothing.</summary>
    NoResume,

    /// <summary>A reaction is marked as done before it is run.</summary>
    MarkBeforeSend,

    /// <summary>An alarm is said to be set while it is on its way.</summary>
    LostAlarm,

    /// <summary>Nudges go to every tenant.</summary>
    TopicWithoutTenant,

    /// <summary>A merge forgets one of the fields it was given.</summary>
    LossyMerge,

    /// <summary>What a user may do is looked up when he connects and never again.</summary>
    RightsAtConnectOnly,

    /// <summary>A place is not told who has left.</summary>
    NoDeparture,

    /// <summary>A place that was lost is not told again who is there.</summary>
    NoRetelling,

    /// <summary>A place gives a field to everybody who asks.</summary>
    ClaimForAll,
}
