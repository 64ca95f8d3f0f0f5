namespace Crm;

/// <summary>Work that piles up where this process must wait for something outside. Whoever admits more asks it first.</summary>
public interface IBacklog
{
    /// <summary>How long the oldest entry that is being written has waited by now; zero when nothing waits. Costs nothing to ask.</summary>
    TimeSpan Oldest { get; }
}
