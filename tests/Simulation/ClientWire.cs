using System.Text.Json;

namespace Crm.Simulation;

/// <summary>What its connection went through, told for whoever tests another client with it.</summary>
public sealed partial class Client
{
    /// <summary>Says on the wire what it shows in the end, which the checks have found to be right.</summary>
    public void TellEnd()
    {
        foreach (var (reference, view) in Looks)
        {
            Tell("shows", new { @ref = reference, live = view.Sight == Sight.Live, version = view.Version, fields = view.Fields });
        }
    }

    private void Tell(string what, object? body) => _scene.World.Wire?.Invoke(JsonSerializer.Serialize(new { client = _number, what, body }));
}
