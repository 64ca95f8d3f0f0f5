namespace Crm.Simulation;

/// <summary>What a run came to.</summary>
/// <param name="Broken">The first broken promise; null when all were kept.</param>
/// <param name="Trace">A hash of all that happened, in order.</param>
/// <param name="Sometimes">How often rare things happened.</param>
public sealed record Result(string? Broken, ulong Trace, long Turns, IReadOnlyDictionary<string, long> Sometimes);

/// <summary>Runs cases.</summary>
public static class Simulation
{
    /// <summary>One run, on this thread and no other.</summary>
    public static Result Run(Case @case, Bug bug = Bug.None, Action<string>? story = null, Action<string>? wire = null)
    {
        // A context, such as a test framework's, would take what follows an await away from the lanes.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        var scene = new Scene(@case, bug);
        (scene.World.Story, scene.World.Wire) = (story, wire);
        try
        {
            scene.Run();
            foreach (var client in scene.Clients)
            {
                client.TellEnd();
            }
        }
        catch (Exception fault)
        {
            scene.World.Fail($"an unexpected fault: {fault}");
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }

        scene.Close();
        return new(scene.World.Broken, scene.World.Trace, scene.World.Turns, scene.World.Sometimes);
    }
}
