using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Crm.Tests;

public sealed class DeadCodeTests
{
    [Fact]
    public void The_product_uses_every_type_that_it_declares()
    {
        var product = Repository.Product.ToList();
        // Where each word stands as a name, not as the declaration of one.
        var uses = product
            .SelectMany(source => source.Tree.DescendantTokens()
                .Where(token => token.IsKind(SyntaxKind.IdentifierToken) && token.Parent is SimpleNameSyntax)
                .Select(token => (token.ValueText, Token: token)))
            .ToLookup(use => use.ValueText, use => use.Token);
        var types = product.SelectMany(source => source.Tree.DescendantNodes().OfType<MemberDeclarationSyntax>().Select(type => (source.Path, Type: type)))
            .Where(found => found.Type is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax).ToList();
        // A part of a type is used when any of its parts is: one engine's folder may hold what another file calls.
        var parts = types.Where(found => found.Type.Modifiers.Any(SyntaxKind.PartialKeyword)).ToLookup(found => Name(found.Type), found => found.Type);
        (from found in types
         let type = found.Type
         where !IsGrain(type)
         where !parts[Name(type)].Append(type).SelectMany(Names).Any(name => uses[name].Any(use => !type.Span.Contains(use.Span) || use.SyntaxTree != type.SyntaxTree))
         select $"{found.Path}: {Name(type)}").ShouldBeEmpty();
    }

    // Orleans finds it by its attribute, and makes it.
    private static bool IsGrain(MemberDeclarationSyntax type) => type.AttributeLists.SelectMany(list => list.Attributes).Any(attribute => attribute.Name.ToString() == "GrainType");

    private static string Name(MemberDeclarationSyntax type) => type switch
    {
        BaseTypeDeclarationSyntax declared => declared.Identifier.ValueText,
        DelegateDeclarationSyntax declared => declared.Identifier.ValueText,
        _ => "",
    };

    /// <summary>What a use of the type would be called: an attribute without its ending, and a static class by its extension methods.</summary>
    private static IEnumerable<string> Names(MemberDeclarationSyntax type)
    {
        var name = Name(type);
        yield return name;
        if (name.EndsWith("Attribute", StringComparison.Ordinal))
            yield return name[..^"Attribute".Length];
        if (type is not ClassDeclarationSyntax @class || !@class.Modifiers.Any(SyntaxKind.StaticKeyword))
            yield break;
        foreach (var method in @class.DescendantNodes().OfType<MethodDeclarationSyntax>().Where(IsExtension))
            yield return method.Identifier.ValueText;
    }

    private static bool IsExtension(MethodDeclarationSyntax method) =>
        method.ParameterList.Parameters.FirstOrDefault()?.Modifiers.Any(SyntaxKind.ThisKeyword) == true || method.Ancestors().Any(node => node.IsKind(SyntaxKind.ExtensionBlockDeclaration));
}
