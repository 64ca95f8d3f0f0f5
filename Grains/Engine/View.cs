using System.Text.Json;

namespace Crm.Engine;

/// <summary>
/// A projection: folds changes into small rows of its own. It hears of each change from the outbox, and its row is stored in the transaction
/// that takes the change out of there, so each change counts once, however often it is tried. Changes of several records come in any order: a
/// fold must not depend on it.
/// </summary>
public interface IView
{
    /// <summary>Stable: it stands in the outbox and names the rows.</summary>
    string Name { get; }

    /// <summary>Whether the change concerns it. Pure and quick: asked in the turn.</summary>
    bool Hears(string kind, Change change);

    /// <summary>The row that the change goes into.</summary>
    string Key(Nudge heard);

    /// <summary>The row after the change. Pure.</summary>
    /// <param name="row">Null when there is none yet.</param>
    JsonElement Fold(JsonElement? row, Nudge heard);
}
