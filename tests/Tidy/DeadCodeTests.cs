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
        (from source in product
         from type in source.Tree.DescendantNodes().OfType<MemberDeclarationSyntax>()
         where type is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax
         where !Names(type).Any(name => uses[name].Any(use => !type.Span.Contains(use.Span) || use.SyntaxTree != type.SyntaxTree))
         select $"{source.Path}: {Name(type)}").ShouldBeEmpty();
    }

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
